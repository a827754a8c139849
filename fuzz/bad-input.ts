/**
 * Input from outside that cannot be used: a file, an option, a peer.
 *
 * The message names the file, line or field and what was expected; the command line prints it without a
 * stack and ends with exit code 2. Anything else that is thrown is a defect of ours.
 */
export class BadInput extends Error {
  override readonly name = "BadInput";
}
