/* Preloaded, it makes MKL take its AVX-512 kernels on other makers' processors too: gcc -shared -fPIC. */
int mkl_serv_intel_cpu_true(void) { return 1; }
