// The system calls of the disk cache, in one place so that tests can make each of them fail.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_FILE_SYSTEM_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_FILE_SYSTEM_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace raggedc {

// Each function is one system call, or a loop around one: at least 0 on success, -errno else. Descriptors close on
// exec; names are relative to an open folder, so that nobody can put another one in its place in between. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  static FileSystem* Real();

  virtual int OpenFolder(const char* path);
  virtual int OpenFolderAt(int folder, const char* name);  // no symbolic link
  virtual int MakeFolder(const char* path);                // 0700
  virtual int MakeFolderAt(int folder, const char* name);  // 0700
  virtual int OpenRead(int folder, const char* name);      // no symbolic link; does not wait for the writer of a pipe
  virtual int Create(int folder, const char* name);        // 0600, for writing; -EEXIST when there is one
  virtual int OpenLock(int folder, const char* name);      // 0600, made when missing
  virtual int OpenUpdate(int folder, const char* name);    // for reading and writing, never made; no symbolic link
  virtual void Close(int file);

  virtual int Status(int file, struct stat* info);
  virtual int StatusAt(int folder, const char* name, struct stat* info);  // of a symbolic link itself
  virtual ssize_t Read(int file, void* bytes, size_t count);
  virtual ssize_t Write(int file, const void* bytes, size_t count);
  virtual int Sync(int file);
  virtual int SetTime(int file, int64_t seconds);  // access and modification
  virtual int Rename(int folder, const char* from, const char* to);
  virtual int Remove(int folder, const char* name);
  // Calls `visit` for every name but . and ..
  virtual int List(int folder, const std::function<void(const char* name)>& visit);

  // Takes the byte at `offset` for this open file alone, until it is closed; -EAGAIN when another has it.
  virtual int TryLock(int file, int64_t offset);

  virtual int64_t Now();  // seconds since 1970; may jump, either way
  virtual uid_t User();   // effective
  virtual void Sleep(int64_t microseconds);
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_FILE_SYSTEM_H_
