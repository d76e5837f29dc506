#include "runtime/emulator/host_compiler.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <vector>

#include "runtime/cache_directory.h"
#include "runtime/compiled_kernel.h"
#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "runtime/temporary_folder.h"

extern char** environ;

namespace raggedc::emulator {
namespace {

namespace fs = std::filesystem;

// -O1: inlines the templates, which is most of what makes emulated code fast, at a third of the time of -O2.
constexpr const char* kFlags[] = {"-std=c++17",
                                  "-O1",
                                  "-w",
                                  "-shared",
                                  "-fPIC",
                                  "-fno-strict-aliasing",
                                  "-fwrapv",
                                  "-ffp-contract=off",
                                  "-Werror=attributes",
                                  "-fvisibility=default"};

std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : Split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    const std::string candidate = StrCat(folder, "/", name);
    struct stat info = {};
    if (!folder.empty() && stat(candidate.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return "";
}

// A file that changes when the compiler does: its real path, size and time.
std::string Identity(const std::string& program) {
  std::error_code error;
  const fs::path real = fs::canonical(program, error);
  struct stat info = {};
  if (error || stat(real.c_str(), &info) != 0) return program;
  return StrCat(real.string(), ":", info.st_size, ":", info.st_mtime);
}

Result<std::string> CacheFolder() {
  const std::string base = CacheDirectory();
  if (!base.empty() && MakePrivateFolder(StrCat(base, "/emulator"))) return StrCat(base, "/emulator");
  // Removed with the process.
  static const Result<TemporaryFolder> temporary = TemporaryFolder::Make("raggedc-emulator-");
  if (!temporary.ok()) return temporary.status();
  return temporary->path();
}

// Runs a program with its output in a file; its exit status, or -1.
int RunProgram(const std::vector<std::string>& words, const std::string& output) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  const int failed = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int64_t kMostLibraryBytes = int64_t{1} << 30;

// What stands behind the bytes of a library in the cache; a loader of ELF does not look there.
std::string Seal(std::string_view bytes) {
  return StrCat("raggedc ", ToHex(HashSource(bytes)), "\n");
}

// Whether the file is whole, and nobody's but ours.
bool IsSealed(const std::string& path) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != geteuid() ||
      (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return false;
  }
  const Result<std::string> read = ReadFile(path, kMostLibraryBytes);
  if (!read.ok()) return false;
  const std::string_view bytes = *read;
  const size_t length = Seal("").size();
  return bytes.size() > length && bytes.substr(bytes.size() - length) == Seal(bytes.substr(0, bytes.size() - length));
}

// The first line that speaks of an error, or the first.
std::string FirstError(std::string_view log) {
  std::string_view first;
  for (const std::string_view line : Split(log, '\n')) {
    if (line.find("error") != std::string_view::npos) return Printable(line, 300);
    if (first.empty()) first = line;
  }
  return Printable(first, 300);
}

}  // namespace

Result<std::string> FindHostCompiler() {
  if (const char* given = std::getenv("RAGGEDC_CXX"); given != nullptr && *given != '\0') {
    const std::string program = FindProgram(given);
    if (!program.empty()) return program;
    return EnvironmentError(StrCat("expected RAGGEDC_CXX to name a C++ compiler, got '", Printable(given), "'"));
  }
  for (const char* name : {"c++", "g++", "clang++"}) {
    if (std::string program = FindProgram(name); !program.empty()) return program;
  }
  return EnvironmentError(
      "expected a C++ compiler (c++, g++ or clang++) in PATH for the emulator, got none; RAGGEDC_CXX "
      "may name one");
}

Result<HostLibrary> CompileForHost(std::string_view source, std::string_view name) {
  RAGGEDC_ASSIGN_OR_RETURN(const std::string compiler, FindHostCompiler());
  RAGGEDC_ASSIGN_OR_RETURN(const std::string folder, CacheFolder());
  std::string key = StrCat(Identity(compiler), "\n");
  for (const char* flag : kFlags) key += StrCat(flag, " ");
  key += source;
  HostLibrary library;
  const std::string stem = StrCat(folder, "/", ToHex(HashSource(key)));
  library.path = StrCat(stem, ".so");
  if (IsSealed(library.path)) {
    library.cached = true;
    return library;
  }
  // Written under names of this process and thread, so that what has the final name is whole.
  static std::mutex mutex;
  static int serial = 0;
  std::string work;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    work = StrCat(stem, ".", getpid(), ".", ++serial);
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::string text = StrCat(work, ".cc");
  const std::string binary = StrCat(work, ".so");
  const std::string log = StrCat(work, ".log");
  RAGGEDC_RETURN_IF_ERROR(WriteFile(text, source));
  std::vector<std::string> words = {compiler};
  words.insert(words.end(), std::begin(kFlags), std::end(kFlags));
  words.insert(words.end(), {"-x", "c++", text, "-o", binary});
  const int status = RunProgram(words, log);
  const Result<std::string> said = ReadFile(log, 1 << 20);
  unlink(text.c_str());
  unlink(log.c_str());
  if (status != 0) {
    unlink(binary.c_str());
    if (status == -1) return EnvironmentError(StrCat("could not run the C++ compiler ", compiler));
    std::string error = said.ok() ? FirstError(*said) : "";
    if (error.empty()) error = StrCat("no message, but the exit status ", status);
    return InvalidArgument(StrCat(error.find(": error: ") == std::string::npos ? StrCat(name, ": ") : "", error,
                                  " (by the C++ compiler ", compiler, ")"));
  }
  const Result<std::string> bytes = ReadFile(binary, kMostLibraryBytes);
  if (!bytes.ok() || chmod(binary.c_str(), 0700) != 0 || !WriteFile(binary, *bytes + Seal(*bytes)).ok() ||
      rename(binary.c_str(), library.path.c_str()) != 0) {
    const int error = errno;
    unlink(binary.c_str());
    return EnvironmentError(StrCat("could not write ", library.path, ": ", std::strerror(error)));
  }
  library.compile_milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return library;
}

}  // namespace raggedc::emulator
