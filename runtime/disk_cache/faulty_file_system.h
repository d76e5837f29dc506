// A file system for tests, whose calls fail and whose clock stands as they are told.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_FAULTY_FILE_SYSTEM_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_FAULTY_FILE_SYSTEM_H_

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>

#include "runtime/disk_cache/file_system.h"

namespace raggedc {

class FaultyFileSystem : public FileSystem {
 public:
  // Called before each call with its name: 0 lets it happen, else what it returns. Set before threads start.
  std::function<int(const std::string& call)> fault;
  std::atomic<int64_t> now{0};  // 0: the true time

  int OpenFolder(const char* path) override {
    return Try("OpenFolder", [&] { return FileSystem::OpenFolder(path); });
  }
  int OpenFolderAt(int folder, const char* name) override {
    return Try("OpenFolderAt", [&] { return FileSystem::OpenFolderAt(folder, name); });
  }
  int MakeFolder(const char* path) override {
    return Try("MakeFolder", [&] { return FileSystem::MakeFolder(path); });
  }
  int MakeFolderAt(int folder, const char* name) override {
    return Try("MakeFolderAt", [&] { return FileSystem::MakeFolderAt(folder, name); });
  }
  int OpenRead(int folder, const char* name) override {
    return Try("OpenRead", [&] { return FileSystem::OpenRead(folder, name); });
  }
  int Create(int folder, const char* name) override {
    return Try("Create", [&] { return FileSystem::Create(folder, name); });
  }
  int OpenLock(int folder, const char* name) override {
    return Try("OpenLock", [&] { return FileSystem::OpenLock(folder, name); });
  }
  int OpenUpdate(int folder, const char* name) override {
    return Try("OpenUpdate", [&] { return FileSystem::OpenUpdate(folder, name); });
  }
  int Status(int file, struct stat* info) override {
    return Try("Status", [&] { return FileSystem::Status(file, info); });
  }
  int StatusAt(int folder, const char* name, struct stat* info) override {
    return Try("StatusAt", [&] { return FileSystem::StatusAt(folder, name, info); });
  }
  ssize_t Read(int file, void* bytes, size_t count) override {
    return Try("Read", [&] { return FileSystem::Read(file, bytes, count); });
  }
  // In pieces, as a file system may.
  ssize_t Write(int file, const void* bytes, size_t count) override {
    constexpr size_t kMost = 512;
    return Try("Write", [&] { return FileSystem::Write(file, bytes, std::min(count, kMost)); });
  }
  int Sync(int file) override {
    return Try("Sync", [&] { return FileSystem::Sync(file); });
  }
  int SetTime(int file, int64_t seconds) override {
    return Try("SetTime", [&] { return FileSystem::SetTime(file, seconds); });
  }
  int Rename(int folder, const char* from, const char* to) override {
    return Try("Rename", [&] { return FileSystem::Rename(folder, from, to); });
  }
  int Remove(int folder, const char* name) override {
    return Try("Remove", [&] { return FileSystem::Remove(folder, name); });
  }
  int List(int folder, const std::function<void(const char* name)>& visit) override {
    return Try("List", [&] { return FileSystem::List(folder, visit); });
  }
  int TryLock(int file, int64_t offset) override {
    return Try("TryLock", [&] { return FileSystem::TryLock(file, offset); });
  }
  int64_t Now() override { return now > 0 ? now.load() : FileSystem::Now(); }

  static constexpr const char* kCalls[] = {"OpenFolder", "OpenFolderAt", "MakeFolder", "MakeFolderAt", "OpenRead",
                                           "Create",     "OpenLock",     "OpenUpdate", "Status",       "StatusAt",
                                           "Read",       "Write",        "Sync",       "SetTime",      "Rename",
                                           "Remove",     "List",         "TryLock"};

 private:
  template <typename Call>
  auto Try(const char* name, const Call& call) -> decltype(call()) {
    const int error = fault ? fault(name) : 0;
    return error != 0 ? error : call();
  }
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_FAULTY_FILE_SYSTEM_H_
