/* libcuda, the library of NVIDIA's driver, as an archive that loads the real one on first use.

   It comes with the driver, in no wheel: a program that is linked with the library itself needs
   it here to be linked and everywhere to start. One that is linked with this archive starts
   without, and learns from the first function it calls that there is no driver.

   DRIVER_FUNCTIONS is a file with a line FUNCTION(name) for each function. */

#include <dlfcn.h>
#include <stddef.h>

/* From cuda.h. */
enum { SUCCESS = 0, ERROR_STUB_LIBRARY = 34, ERROR_NOT_SUPPORTED = 801 };

/* What a function does where there is no driver. */
static int no_driver(void) { return ERROR_STUB_LIBRARY; }

static int not_in_this_driver(void) { return ERROR_NOT_SUPPORTED; }

static int error_name(int error, const char **name) {
    (void)error;
    *name = "CUDA_ERROR_STUB_LIBRARY";
    return SUCCESS;
}

static int error_string(int error, const char **string) {
    (void)error;
    *string = "there is no NVIDIA driver: libcuda.so.1 cannot be loaded";
    return SUCCESS;
}

static const struct {
    const char *name;
    void *without_driver;
} functions[] = {
    {"cuGetErrorName", error_name},
    {"cuGetErrorString", error_string},
#define FUNCTION(name) {#name, no_driver},
#include DRIVER_FUNCTIONS
#undef FUNCTION
};

enum { COUNT = sizeof functions / sizeof *functions };

/* Where each function is, once it has been called. */
__attribute__((used, visibility("hidden"))) void *driver_found[COUNT];

/* Two threads that look for a function at once find the same. */
__attribute__((used, visibility("hidden"))) void *driver_find(size_t index) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    void *function = functions[index].without_driver;
    if (library != NULL) {
        function = dlsym(library, functions[index].name);
        if (function == NULL) {
            function = not_in_this_driver;
        }
    }
    __atomic_store_n(&driver_found[index], function, __ATOMIC_RELAXED);
    return function;
}

/* Each function jumps to where it was found, its arguments untouched. For the first call that is
   looked up, with the registers of the arguments put aside: six for integers and pointers, two
   for floating numbers, of which no function has more; and the stack at a multiple of 16. */
__asm__(
    ".text\n"
    "driver_first_call:\n"
    "  push %rdi\n  push %rsi\n  push %rdx\n  push %rcx\n  push %r8\n  push %r9\n"
    "  sub $40, %rsp\n"
    "  movups %xmm0, (%rsp)\n"
    "  movups %xmm1, 16(%rsp)\n"
    "  mov %r11, %rdi\n"
    "  call driver_find\n"
    "  mov %rax, %r11\n"
    "  movups (%rsp), %xmm0\n"
    "  movups 16(%rsp), %xmm1\n"
    "  add $40, %rsp\n"
    "  pop %r9\n  pop %r8\n  pop %rcx\n  pop %rdx\n  pop %rsi\n  pop %rdi\n"
    "  jmp *%r11\n"
    ".set driver_index, 0\n"
    ".macro driver_function name\n"
    ".globl \\name\n"
    ".hidden \\name\n"
    ".type \\name, @function\n"
    "\\name:\n"
    "  mov driver_found+8*driver_index(%rip), %r11\n"
    "  test %r11, %r11\n"
    "  jz 1f\n"
    "  jmp *%r11\n"
    "1: mov $driver_index, %r11d\n"
    "  jmp driver_first_call\n"
    ".set driver_index, driver_index + 1\n"
    ".endm\n"
    "driver_function cuGetErrorName\n"
    "driver_function cuGetErrorString\n"
#define FUNCTION(name) "driver_function " #name "\n"
#include DRIVER_FUNCTIONS
);
