/** The entry of a worker thread of the zoo: one specimen a call. Whoever interrupts it ends the thread. */
import type { Specimen } from "./record.ts";
import { huntSpecimen, type SpecimenTask } from "./specimen.ts";

export default function work(task: SpecimenTask): Promise<Specimen> {
  return huntSpecimen(task, () => performance.now());
}
