#>QCVENGINE_TEST_V2.0
# A capability stored whole keeps its tag; one byte written over it takes the tag away.
#>START_SHRINK_SCOPE
.4byte 0x00100113 # addi x2, x0, 1
.4byte 0x01f11113 # slli x2, x2, 31
#>END_SHRINK_SCOPE
.4byte 0x00314023 # sc c3, 0(x2)
.4byte 0x0001220f # lc c4, 0(x2)
#>START_ASSERT_LAST_VAL
.4byte 0xfe4202db # cgettag x5, c4
#>END_ASSERT_LAST_VAL rd_wdata == 0x1 "a whole capability keeps its tag"
#>START_NO_SHRINK
.4byte 0x00010023 # sb x0, 0(x2)
.4byte 0x0001220f # lc c4, 0(x2)
#>END_NO_SHRINK
#>START_ASSERT_LAST_VAL
#>START_ASSERT_LAST_VAL
.4byte 0xfe4202db # cgettag x5, c4
#>END_ASSERT_LAST_VAL rd_addr == 0x5 "the tag is read into x5"
#>END_ASSERT_LAST_VAL rd_wdata == 0x0 "a partial store clears the tag"
