/**
 * Code that has left all roots behind. It holds
 *
 * - c9: 256 bytes of data at 0x80002000, without permissions to seal and unseal; DDC is the same;
 * - c10: PCC, 64 KiB at 0x80000000, without data and sealing; MTCC is the same;
 * - c11: the permission to seal with type 2, not to unseal, its address there;
 * - c12 and c13: 256 bytes of data at 0x80020000 and the code with more permissions, a pair sealed with type 2;
 * - c14: a sentry to the code with more permissions.
 */
export const confined = [
  "lui x6, 262145; slli x6, x6, 1; csetaddr c9, c30, c6; csetboundsimm c9, c9, 256",
  "addi x6, x0, -1665; candperm c9, c9, c6",
  "lui x6, 262144; slli x6, x6, 1; csetaddr c10, c30, c6; lui x7, 16; csetbounds c10, c10, c7",
  "addi x6, x0, -1025; candperm c10, c10, c6; csealentry c14, c10",
  "addi x6, x0, 2; csetaddr c11, c30, c6; csetboundsimm c11, c11, 1; cseal c13, c10, c11",
  "lui x6, 262160; slli x6, x6, 1; csetaddr c12, c30, c6; csetboundsimm c12, c12, 256",
  "addi x6, x0, -1667; candperm c12, c12, c6; cseal c12, c12, c11",
  "addi x6, x0, -1537; candperm c11, c11, c6",
  "addi x6, x0, -1725; candperm c10, c10, c6",
  "cspecialrw c0, ddc, c9; cspecialrw c0, mtcc, c10",
  "cclear 0, 254; cclear 1, 129; cclear 2, 255; cclear 3, 255",
  "jalr.cap c0, c10",
].join("; ");
