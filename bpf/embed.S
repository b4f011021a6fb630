/* The BPF objects as bytes of the program; see user/capture/. */
.section .rodata
.balign 16
.global qprov_bpf_start
qprov_bpf_start:
.incbin "qprov.bpf.o"
.global qprov_bpf_end
qprov_bpf_end:
.byte 0
.balign 16
.global qprov_floor_start
qprov_floor_start:
.incbin "floor.bpf.o"
.global qprov_floor_end
qprov_floor_end:
.byte 0
.section .note.GNU-stack,"",@progbits
