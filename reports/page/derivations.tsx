import { gainOf, gainText, isGain } from "./capability.ts";
import { capabilityText, type Derived } from "./trace.ts";

/** Which capability came from which, as the steps name their sources; what a child has and its parent had not is marked. */
export function Derivations({ roots, at }: { readonly roots: readonly Derived[]; readonly at: number }) {
  return (
    <details class="derivations">
      <summary>Derivation tree</summary>
      <Branch nodes={roots} parent={null} at={at} />
    </details>
  );
}

function Branch({
  nodes,
  parent,
  at,
}: {
  readonly nodes: readonly Derived[];
  readonly parent: Derived | null;
  readonly at: number;
}) {
  return (
    <ul>
      {nodes.map((node, index) => {
        const gain = parent === null ? null : gainOf(node.cap, parent.cap);
        return (
          <li key={index} aria-current={node.at === at ? "step" : undefined}>
            {node.at === null ? "" : `step ${node.at}: `}
            {node.name}: {capabilityText(node.cap)}
            {gain !== null && isGain(gain) ? (
              <strong class="gained"> + gained: {gainText(gain)}</strong>
            ) : null}
            {node.children.length === 0 ? null : <Branch nodes={node.children} parent={node} at={at} />}
          </li>
        );
      })}
    </ul>
  );
}
