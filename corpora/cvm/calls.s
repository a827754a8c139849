# The host calls by name: arguments in a0 to a7, results in a0 to a2, errors negative. Number in t5; the stub does the rest.
# What the Intravisor has no part in lies in the stubs: copies to and from CP_Files and the buffer of a call, calls of objects.

.text
console_write:
  li t5, 1
  j hostcall
time:
  li t5, 2
  j hostcall
sleep:
  li t5, 3
  j hostcall
timer_arm:
  li t5, 4
  j hostcall
thread_create:
  li t5, 5
  j hostcall
thread_exit:
  li t5, 6
  j hostcall
thread_join:
  li t5, 7
  j hostcall
thread_self:
  li t5, 8
  j hostcall
futex_wait:
  li t5, 9
  j hostcall
futex_wake:
  li t5, 10
  j hostcall
disk_rw:
  li t5, 11
  j hostcall
disk_capacity:
  li t5, 12
  j hostcall
net_tx:
  li t5, 13
  j hostcall
net_rx:
  li t5, 14
  j hostcall
net_poll:
  li t5, 15
  j hostcall
exit:
  li t5, 16
  j hostcall
exception_register:
  li t5, 17
  j hostcall
exception_return:
  li t5, 18
  j hostcall
cp_file_advertise:
  li t5, 20
  j hostcall
cp_file_probe:
  li t5, 21
  j hostcall
cp_file_lseek:
  li t5, 24
  j hostcall
cp_file_notify:
  li t5, 25
  j hostcall
cp_file_wait:
  li t5, 26
  j hostcall
cp_file_close:
  li t5, 27
  j hostcall
cp_file_revoke:
  li t5, 28
  j hostcall
cp_call_register:
  li t5, 30
  j hostcall
cp_call_open:
  li t5, 31
  j hostcall
cp_call:
  li t5, 32
  j hostcall
cp_call_return:
  li t5, 35
  j hostcall
cp_call_unregister:
  li t5, 36
  j hostcall
cp_call_close:
  li t5, 37
  j hostcall
cps_listen:
  li t5, 40
  j hostcall
cps_connect:
  li t5, 41
  j hostcall
cps_accept:
  li t5, 42
  j hostcall
cps_send:
  li t5, 43
  j hostcall
cps_recv:
  li t5, 44
  j hostcall
cps_post_recv:
  li t5, 45
  j hostcall
cps_poll:
  li t5, 46
  j hostcall
cps_shutdown:
  li t5, 47
  j hostcall
cps_close:
  li t5, 48
  j hostcall
sco_create:
  li t5, 50
  j hostcall
sco_bind:
  li t5, 51
  j hostcall
sco_unbind:
  li t5, 52
  j hostcall
sco_close:
  li t5, 53
  j hostcall

# handle, offset, address, length.
cp_file_pread:
  j pread
cp_file_pwrite:
  j pwrite
# offset, address, length.
cp_buffer_read:
  j bread
cp_buffer_write:
  j bwrite
# handle, number of the export, four arguments, address, length.
sco_call:
  j scocall
