// A launch whose arguments are kept, also as a graph of one node.
#ifndef RAGGEDC_RUNTIME_API_PREPARED_H_
#define RAGGEDC_RUNTIME_API_PREPARED_H_

#include <array>

#include "runtime/api/loaded_kernel.h"

namespace raggedc {

// One thread at a time.
class Prepared {
 public:
  // Adds a reference to the kernel.
  Prepared(const LoadedKernel* kernel, const raggedc_launch_args& args);
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared();

  const LoadedKernel& kernel() const { return *kernel_; }

  // Arguments that Check of the kernel accepts.
  void Set(const raggedc_launch_args& args);

  raggedc_status Launch(void* stream) const { return kernel_->Launch(args_, stream); }
  raggedc_status LaunchGraph(void* stream);

 private:
  ApiStatus MakeGraph(cu::Context context);
  ApiStatus UpdateGraph();
  void DestroyGraph();
  ApiStatus ContextOf(void* stream, cu::Context* context) const;

  const LoadedKernel* const kernel_;
  raggedc_launch_args args_;
  cu::Graph graph_ = nullptr;
  cu::GraphNode node_ = nullptr;
  cu::GraphExec exec_ = nullptr;
  cu::Context context_ = nullptr;  // of exec_
  bool is_current_ = false;        // exec_ has args_
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_PREPARED_H_
