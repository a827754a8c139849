/**
 * The receiver's side of CP_Stream, a piece of the stubs: whoever sends runs it in the domain of who receives. c27 may
 * load what is sent and DDC may store where it is to lie, each exactly, and nothing else is there: neither side comes to
 * write to the other's memory, and what does not fit has nowhere to go (I-75, I-79).
 */
export const DELIVER = `
# As many bytes as both have, from the start of c27 to the start of DDC: a0 says how many.
deliver:
  cmove c5, c27
  cspecialrw c6, ddc, c0
  cgetbase x29, c5
  cgetbase x30, c6
  csetaddr c5, c5, x29
  csetaddr c6, c6, x30
  cgetlen x13, c6
  cgetlen x10, c5
  bgeu x10, x13, fits
  addi x13, x10, 0
fits:
  addi x10, x13, 0
  jal x0, copy
`;
