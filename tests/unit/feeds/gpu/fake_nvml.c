/* libnvidia-ml.so.1 for tests: one GPU at 0000:01:00.0, and what FAKE_NVML says is wrong with it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OK = 0, NOT_SUPPORTED = 3, NOT_FOUND = 6, DRIVER_NOT_LOADED = 9, GPU_IS_LOST = 15 };
typedef struct { unsigned gpu, memory; } utilization;
typedef struct { unsigned long long total, free, used; } memory;

static int is(const char *word) { const char *set = getenv("FAKE_NVML"); return set && !strcmp(set, word); }
static int state(void) { return is("lost") ? GPU_IS_LOST : is("bare") ? NOT_SUPPORTED : OK; }

int nvmlInitWithFlags(unsigned flags) { return is("unloaded") ? DRIVER_NOT_LOADED : OK; }
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return code == GPU_IS_LOST ? "GPU is lost" : "error"; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *address, void **handle) {
    if (strcmp(address, "00000000:01:00.0"))
        return NOT_FOUND;
    *handle = (void *)1;
    return OK;
}
int nvmlDeviceGetUtilizationRates(void *handle, utilization *use) {
    if (is("blocks"))
        pause();
    use->gpu = 7;
    use->memory = 3;
    return state();
}
int nvmlDeviceGetMemoryInfo(void *handle, memory *info) {
    info->total = 8ULL << 30;
    info->used = 1ULL << 30;
    info->free = 7ULL << 30;
    return state();
}
int nvmlDeviceGetEncoderUtilization(void *handle, unsigned *use, unsigned *period) { *use = 80; *period = 1000; return state(); }
#ifndef OLD_DRIVER
int nvmlDeviceGetDecoderUtilization(void *handle, unsigned *use, unsigned *period) { *use = 5; *period = 1000; return state(); }
int nvmlDeviceGetClockInfo(void *handle, int kind, unsigned *mhz) { *mhz = 1410; return state(); }
#endif
int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *celsius) { *celsius = is("hot") ? 255 : 41; return state(); }
int nvmlDeviceGetPowerUsage(void *handle, unsigned *milliwatts) { *milliwatts = 28310; return state(); }
int nvmlDeviceGetEnforcedPowerLimit(void *handle, unsigned *milliwatts) { *milliwatts = 120000; return state(); }
/* A passive card. */
int nvmlDeviceGetFanSpeed(void *handle, unsigned *percent) { return NOT_SUPPORTED; }
