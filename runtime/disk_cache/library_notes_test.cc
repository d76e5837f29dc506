#include "runtime/disk_cache/library_notes.h"
