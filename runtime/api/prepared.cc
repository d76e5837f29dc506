#include "runtime/api/prepared.h"

namespace raggedc {

Prepared::Prepared(const LoadedKernel* kernel, const raggedc_launch_args& args) : kernel_(kernel), args_(args) {
  kernel_->AddReference();
}

Prepared::~Prepared() {
  DestroyGraph();
  kernel_->Release();
}

void Prepared::Set(const raggedc_launch_args& args) {
  args_ = args;
  is_current_ = false;
}

ApiStatus Prepared::ContextOf(void* stream, cu::Context* context) const {
  const CudaDriver& driver = kernel_->driver();
  if (IsDefaultStream(stream)) return DriverStatus(driver, driver.api().CtxGetCurrent(context), "cuCtxGetCurrent");
  return DriverStatus(driver, driver.api().StreamGetCtx(static_cast<cu::Stream>(stream), context), "cuStreamGetCtx");
}

raggedc_status Prepared::LaunchGraph(void* stream) {
  if (!kernel_->is_simple() || args_.sequences == 0) return Launch(stream);
  const CudaDriver& driver = kernel_->driver();
  const cu::Stream on = static_cast<cu::Stream>(stream);
  // The driver cannot capture the launch of a graph, and trying would spoil the capture.
  int capturing = 0;
  if (const cu::Result result = driver.api().StreamIsCapturing(on, &capturing); result != 0) {
    return Report(DriverStatus(driver, result, "cuStreamIsCapturing"));
  }
  if (capturing != 0) return Launch(stream);
  // Asked every time: a stream of the same address may be another one, on another device.
  cu::Context context = nullptr;
  ApiStatus status = ContextOf(stream, &context);
  if (status.ok() && (exec_ == nullptr || context != context_)) status = MakeGraph(context);
  if (status.ok() && !is_current_) status = UpdateGraph();
  if (status.ok()) status = DriverStatus(driver, driver.api().GraphLaunch(exec_, on), "cuGraphLaunch");
  return Report(status);
}

ApiStatus Prepared::MakeGraph(cu::Context context) {
  DestroyGraph();
  const CudaDriver& driver = kernel_->driver();
  const CudaDriver::Api& api = driver.api();
  const RelaxedCapture relaxed(driver);
  std::array<void*, kMaximumParams> params;
  cu::KernelNodeParams node;
  RAGGEDC_API_RETURN_IF_ERROR(kernel_->Node(args_, params.data(), &node));
  node.context = context;
  ApiStatus status = DriverStatus(driver, api.GraphCreate(&graph_, 0), "cuGraphCreate");
  if (status.ok()) {
    status = DriverStatus(driver, api.GraphAddKernelNode(&node_, graph_, nullptr, 0, &node), "cuGraphAddKernelNode");
  }
  if (status.ok()) status = DriverStatus(driver, api.GraphInstantiate(&exec_, graph_, 0), "cuGraphInstantiate");
  if (!status.ok()) {
    exec_ = nullptr;
    DestroyGraph();
    return status;
  }
  context_ = context;
  is_current_ = true;
  return {};
}

ApiStatus Prepared::UpdateGraph() {
  const CudaDriver& driver = kernel_->driver();
  std::array<void*, kMaximumParams> params;
  cu::KernelNodeParams node;
  RAGGEDC_API_RETURN_IF_ERROR(kernel_->Node(args_, params.data(), &node));
  node.context = context_;
  RAGGEDC_API_RETURN_IF_ERROR(DriverStatus(driver, driver.api().GraphExecKernelNodeSetParams(exec_, node_, &node),
                                           "cuGraphExecKernelNodeSetParams"));
  is_current_ = true;
  return {};
}

void Prepared::DestroyGraph() {
  const CudaDriver::Api& api = kernel_->driver().api();
  if (exec_ != nullptr) api.GraphExecDestroy(exec_);
  if (graph_ != nullptr) api.GraphDestroy(graph_);
  exec_ = nullptr;
  graph_ = nullptr;
  context_ = nullptr;
  is_current_ = false;
}

}  // namespace raggedc
