# A sentry is sealed with type -2, and moving its address unseals nothing: the result has no tag.
.noshrink
.4byte 0xff11835b # csealentry c6, c3
.shrink
.4byte 0xfe1303db # cgettype x7, c6
.assert rd_wdata == 0xfffffffffffffffe "a sentry's type reads as -2"
.4byte 0x0013145b # cincoffsetimm c8, c6, 1
.assert trap == 0 "no trap, only a lost tag"
.4byte 0xfe4404db # cgettag x9, c8
.assert rd_addr == 9 "x9 is written"
.assert rd_wdata == 0 "the moved sentry has no tag"
.2byte 0x4505 # c.li x10, 1
