//===- DoctorCommand.cpp - raggedc doctor ----------------------------------===//

#include "runtime/doctor.h"
#include "runtime/emulator/host_compiler.h"

#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"

namespace raggedc {

namespace {

class DoctorCommand : public Command {
 public:
  explicit DoctorCommand(CLI::App& parent) {
    app = parent.add_subcommand("doctor", "what this machine has of what raggedc needs");
  }

  int run() override {
    DoctorReport report = Diagnose();
    std::string text = "raggedc " RAGGEDC_VERSION "\n";
    describeNvrtc(report, text);
    describeDriver(report, text);
    text +=
        StrCat("cache     ", report.cache_directory.empty() ? "no directory: HOME is not set" : report.cache_directory,
               report.cache_directory.empty() || report.cache_writable ? "" : " (not writable)", "\n");
    describeCache(text);
    text += StrCat("compile   ", report.CanCompile() ? "yes" : "no", "\n");
    Result<std::string> compiler = emulator::FindHostCompiler();
    text += StrCat("C++       ", compiler.ok() ? *compiler : "missing: " + compiler.status().message(), "\n");
    const char* without = compiler.ok() ? "on the CPU only: reference, emulator" : "on the CPU only: reference";
    text += StrCat("run       ", report.CanRun() ? "yes, on the GPU" : without, "\n");
    if (Status status = WriteFile("-", text); !status.ok()) {
      printError(status);
      return ExitCode(status);
    }
    return report.CanCompile() ? 0 : 2;
  }

 private:
  /// Why a layer cannot be used.
  static void describeCache(std::string& text) {
    Result<std::unique_ptr<DiskCache>> cache = openDiskCache();
    if (!cache.ok()) return;
    for (const CacheLayerStat& layer : (*cache)->Stat())
      if (!layer.status.ok() || (layer.in_base && !layer.exists))
        text += StrCat("          not used: ",
                       layer.status.ok() ? "no base layer " + Printable(layer.directory, 4096) : layer.status.message(),
                       "\n");
  }

  static void describeNvrtc(const DoctorReport& report, std::string& text) {
    if (!report.nvrtc_status.ok()) {
      text += StrCat("NVRTC     missing: ", report.nvrtc_status.message(), "\n");
      return;
    }
    text += StrCat("NVRTC     ", report.nvrtc_version, " in ", report.nvrtc_path, "\n          for");
    for (int arch : report.nvrtc_architectures) text += StrCat(" sm_", arch);
    text += "\n";
    if (report.nvrtc_trial_status.ok()) {
      text += StrCat("          compiled a trivial kernel in ",
                     static_cast<int64_t>(report.nvrtc_trial_milliseconds + 0.5), " ms\n");
    } else {
      text += StrCat("          could not compile a trivial kernel: ", report.nvrtc_trial_status.message(), "\n");
    }
  }

  static void describeDriver(const DoctorReport& report, std::string& text) {
    if (!report.driver_status.ok()) {
      text += StrCat("driver    missing: ", report.driver_status.message(), "\n");
      return;
    }
    text += StrCat("driver    for CUDA ", report.driver_version, " in ", report.driver_path, "\n");
    if (!report.devices_status.ok()) text += StrCat("GPU       none: ", report.devices_status.message(), "\n");
    for (const DeviceInfo& device : report.devices) {
      const DeviceDescription& described = report.descriptions[size_t(&device - report.devices.data())];
      text += StrCat("GPU ", device.ordinal, "     ", described.name, ", ", device.Arch(), ", ", device.multiprocessors,
                     " multiprocessors, ", described.memory_bytes >> 30, " GiB, ", described.l2_bytes >> 20,
                     " MiB of L2 cache, ", device.shared_bytes_per_block >> 10, " KiB of shared memory a block\n");
    }
  }
};

}  // namespace

std::unique_ptr<Command> makeDoctorCommand(CLI::App& parent) {
  return std::make_unique<DoctorCommand>(parent);
}

}  // namespace raggedc
