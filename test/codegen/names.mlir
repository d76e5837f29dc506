// Where names come from: a value's location, else its operation; made unique, and never one that C++ or the templates own.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s

// Without a location, parameters and values have plain names.
// CHECK-LABEL: defaults(const int* v, int* v_2) {
// CHECK-NEXT:   const int thread = ptx::thread();
// CHECK-NEXT:   const int v_3 = thread + 1;
// CHECK-NEXT:   const Sequence sequence = decode_sequence<8>(v, v_3, &ragged_status);
// CHECK-NEXT:   const int value = ptx::load_global<int>(v + v_3);
// CHECK-NEXT:   const int value_2 = ptx::load_global<int>(v + value);
// CHECK-NEXT:   for (int i = 0; i < sequence.length; i += 1) {
// CHECK-NEXT:     for (int i_2 = 0; i_2 < sequence.length; i_2 += 1) {
// CHECK-NEXT:       ptx::store_global(v_2 + i, static_cast<u32>(i_2));
ragged_kernel.kernel @defaults(%p: !ragged_kernel.ptr<i32>, %o: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = ragged_kernel.thread_id
  %u = arith.addi %t, %c1 : index
  %begin, %length = ragged_kernel.sequence %p[%u] capacity(8) : !ragged_kernel.ptr<i32>
  %a = ragged_kernel.load %p[%u] : !ragged_kernel.ptr<i32>
  %b = ragged_kernel.load %p[%a] : !ragged_kernel.ptr<i32>
  scf.for %i = %c0 to %length step %c1 {
    scf.for %j = %c0 to %length step %c1 {
      ragged_kernel.store %j to %o[%i] : !ragged_kernel.ptr<i32>
    }
  }
  ragged_kernel.return
}

// The same name again gets a number, and never one that is taken.
// CHECK-LABEL: unique() {
// CHECK-NEXT:   const int a_2 = ptx::thread();
// CHECK-NEXT:   const int a = ptx::thread();
// CHECK-NEXT:   const int a_3 = ptx::thread();
// CHECK-NEXT:   const int a_2_2 = ptx::thread();
ragged_kernel.kernel @unique() attributes {block_size = 32 : i64} {
  %0 = ragged_kernel.thread_id loc("a_2")
  %1 = ragged_kernel.thread_id loc("a")
  %2 = ragged_kernel.thread_id loc("a")
  %3 = ragged_kernel.thread_id loc("a_2")
  ragged_kernel.return
}

// What is no identifier becomes one; the place in a file says nothing.
// CHECK-LABEL: spelling() {
// CHECK-NEXT:   const int a_b_c = ptx::thread();
// CHECK-NEXT:   const int v2nd = ptx::thread();
// CHECK-NEXT:   const int v = ptx::thread();
// CHECK-NEXT:   const int ____ = ptx::thread();
// CHECK-NEXT:   const int thread = ptx::thread();
// CHECK-NEXT:   const int inner = ptx::thread();
ragged_kernel.kernel @spelling() attributes {block_size = 32 : i64} {
  %0 = ragged_kernel.thread_id loc("a.b c")
  %1 = ragged_kernel.thread_id loc("2nd")
  %2 = ragged_kernel.thread_id loc("")
  %3 = ragged_kernel.thread_id loc("*/;\n")
  %4 = ragged_kernel.thread_id loc("file.mlir":3:4)
  %5 = ragged_kernel.thread_id loc("inner"("file.mlir":3:4))
  ragged_kernel.return
}

// Keywords, CUDA's variables, what kernels use of the templates, and the frame of a kernel.
// CHECK-LABEL: reserved(const int* int_, int* class_) {
// CHECK:        const int warp_ = ptx::thread();
// CHECK-NEXT:   const int delete_ = ptx::thread();
// CHECK-NEXT:   const int threadIdx_ = ptx::thread();
// CHECK-NEXT:   const int wait_group_ = ptx::thread();
// CHECK-NEXT:   const int Sequence_ = ptx::thread();
// CHECK-NEXT:   const int ragged_status_ = ptx::thread();
// CHECK-NEXT:   const int shared_base_ = ptx::thread();
// CHECK-NEXT:   const int row_max = ptx::thread();
// CHECK-NEXT:   const int warp__2 = ptx::thread();
// CHECK-NEXT:   wait_group<0>();
// CHECK-NEXT:   for (int for_ = 0; for_ < delete_; for_ += 1) {
ragged_kernel.kernel @reserved(%p: !ragged_kernel.ptr<i32> loc("int"), %o: !ragged_kernel.ptr<i32> loc("class"))
    attributes {block_size = 32 : i64, shared_bytes = 128 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = ragged_kernel.thread_id loc("warp")
  %1 = ragged_kernel.thread_id loc("delete")
  %2 = ragged_kernel.thread_id loc("threadIdx")
  %3 = ragged_kernel.thread_id loc("wait_group")
  %4 = ragged_kernel.thread_id loc("Sequence")
  %5 = ragged_kernel.thread_id loc("ragged_status")
  %6 = ragged_kernel.thread_id loc("shared_base")
  %7 = ragged_kernel.thread_id loc("max")
  %8 = ragged_kernel.thread_id loc("warp")
  ragged_kernel.wait_group pending(0)
  "scf.for"(%c0, %1, %c1) ({
  ^bb0(%i: index loc("for")):
    ragged_kernel.store %i to %o[%i] : !ragged_kernel.ptr<i32>
    scf.yield
  }) : (index, index, index) -> ()
  ragged_kernel.return
}

// Each kernel has names of its own.
// CHECK-LABEL: again(const int* v) {
// CHECK-NEXT:   const int a = ptx::load_global<int>(v + 0);
ragged_kernel.kernel @again(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %0 = ragged_kernel.load %p[%c0] : !ragged_kernel.ptr<i32> loc("a")
  ragged_kernel.return
}
