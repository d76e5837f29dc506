// arith and math as C++ expressions: operators, precedence, parentheses, literals, and what stands where it is used.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s

// Index arithmetic. The parameter is an i32 loaded from memory, so nothing is known of its sign.
// CHECK-LABEL: integers(const int* p) {
// CHECK-NEXT:   const int a = ptx::load_global<int>(p + 0);
// CHECK-NEXT:   const int b = ptx::load_global<int>(p + 1);
// CHECK-NEXT:   const int add = a + b;
// CHECK-NEXT:   const int sub = a - b;
// CHECK-NEXT:   const int mul = a * b;
// CHECK-NEXT:   const int div = a / b;
// CHECK-NEXT:   const int rem = a % b;
// CHECK-NEXT:   const int and_ = a & b;
// CHECK-NEXT:   const int or_ = a | b;
// CHECK-NEXT:   const int xor_ = a ^ b;
// CHECK-NEXT:   const int shl = a << b;
// CHECK-NEXT:   const int shr = a >> b;
// CHECK-NEXT:   const int min_ = a < b ? a : b;
// CHECK-NEXT:   const int row_max = a > b ? a : b;
// CHECK-NEXT:   const int negative = a + -7;
// CHECK-NEXT:   const int lowest = a - -2147483648;
// CHECK-NEXT: }
ragged_kernel.kernel @integers(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %cm7 = arith.constant -7 : index
  %low = arith.constant -2147483648 : index
  %a = ragged_kernel.load %p[%c0] : !ragged_kernel.ptr<i32> loc("a")
  %b = ragged_kernel.load %p[%c1] : !ragged_kernel.ptr<i32> loc("b")
  %0 = arith.addi %a, %b : index loc("add")
  %1 = arith.subi %a, %b : index loc("sub")
  %2 = arith.muli %a, %b : index loc("mul")
  %3 = arith.divsi %a, %b : index loc("div")
  %4 = arith.remsi %a, %b : index loc("rem")
  %5 = arith.andi %a, %b : index loc("and")
  %6 = arith.ori %a, %b : index loc("or")
  %7 = arith.xori %a, %b : index loc("xor")
  %8 = arith.shli %a, %b : index loc("shl")
  %9 = arith.shrsi %a, %b : index loc("shr")
  %10 = arith.minsi %a, %b : index loc("min")
  %11 = arith.maxsi %a, %b : index loc("max")
  %12 = arith.addi %a, %cm7 : index loc("negative")
  %13 = arith.subi %a, %low : index loc("lowest")
  ragged_kernel.return
}

// Unsigned operations take unsigned operands...
// CHECK-LABEL: unsigned_(const int* p) {
// CHECK:        const int div = static_cast<int>(static_cast<u32>(a) / static_cast<u32>(b));
// CHECK-NEXT:   const int rem = static_cast<int>(static_cast<u32>(a) % static_cast<u32>(12));
// CHECK-NEXT:   const int shr = static_cast<int>(static_cast<u32>(a + b) >> static_cast<u32>(b));
// CHECK-NEXT:   const int least = static_cast<u32>(a) < static_cast<u32>(b) ? a : b;
// CHECK-NEXT:   const int most = static_cast<u32>(a) > static_cast<u32>(b) ? a : b;
// CHECK-NEXT:   if (static_cast<u32>(a) < static_cast<u32>(b)) return;
// CHECK-NEXT:   if (static_cast<u32>(a) <= static_cast<u32>(b)) return;
// CHECK-NEXT:   if (static_cast<u32>(a) > static_cast<u32>(b)) return;
// CHECK-NEXT:   if (static_cast<u32>(a) >= static_cast<u32>(b)) return;
// CHECK-NEXT:   const int twice = static_cast<int>(static_cast<u32>(a) / static_cast<u32>(b)) * 2;
// ...and are plain where the sign is known: numbers of blocks, warps and threads, lengths, loops from 0, and what is made
// of these with +, *, / and %.
// CHECK-NEXT:   const int block_ = ptx::block_x();
// CHECK-NEXT:   const int head = block_ % 12;
// CHECK-NEXT:   const int seq = block_ / 12;
// CHECK-NEXT:   const Sequence sequence = decode_sequence<197>(p, seq, &ragged_status);
// CHECK-NEXT:   const int units = (sequence.length + 31) / 32;
// CHECK-NEXT:   const int unknown = static_cast<int>(static_cast<u32>(sequence.begin) / static_cast<u32>(32));
// CHECK-NEXT:   const int difference = static_cast<int>(static_cast<u32>(sequence.length - units) / static_cast<u32>(32));
// CHECK-NEXT:   for (int i = 0; i < sequence.length; i += 16) {
// CHECK-NEXT:     const int slot = (i + 16) / 16 % 2;
// CHECK-NEXT:     if (i < slot) return;
// CHECK-NEXT:   }
// CHECK-NEXT:   for (int i_2 = -16; i_2 < sequence.length; i_2 += 16) {
// CHECK-NEXT:     const int slot_2 = static_cast<int>(static_cast<u32>(i_2 + 16) / static_cast<u32>(16));
// CHECK-NEXT:   }
ragged_kernel.kernel @unsigned_(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c12 = arith.constant 12 : index
  %c16 = arith.constant 16 : index
  %cm16 = arith.constant -16 : index
  %c31 = arith.constant 31 : index
  %c32 = arith.constant 32 : index
  %a = ragged_kernel.load %p[%c0] : !ragged_kernel.ptr<i32> loc("a")
  %b = ragged_kernel.load %p[%c1] : !ragged_kernel.ptr<i32> loc("b")
  %0 = arith.divui %a, %b : index loc("div")
  %1 = arith.remui %a, %c12 : index loc("rem")
  %sum = arith.addi %a, %b : index
  %2 = arith.shrui %sum, %b : index loc("shr")
  %3 = arith.minui %a, %b : index loc("least")
  %4 = arith.maxui %a, %b : index loc("most")
  %lt = arith.cmpi ult, %a, %b : index
  ragged_kernel.exit_if %lt
  %le = arith.cmpi ule, %a, %b : index
  ragged_kernel.exit_if %le
  %gt = arith.cmpi ugt, %a, %b : index
  ragged_kernel.exit_if %gt
  %ge = arith.cmpi uge, %a, %b : index
  ragged_kernel.exit_if %ge
  %quotient = arith.divui %a, %b : index
  %5 = arith.muli %quotient, %c2 : index loc("twice")
  %block = ragged_kernel.block_id x
  %head = arith.remui %block, %c12 : index loc("head")
  %seq = arith.divui %block, %c12 : index loc("seq")
  %begin, %length = ragged_kernel.sequence %p[%seq] capacity(197) : !ragged_kernel.ptr<i32>
  %rounded = arith.addi %length, %c31 : index
  %units = arith.divui %rounded, %c32 : index loc("units")
  %unknown = arith.divui %begin, %c32 : index loc("unknown")
  %less = arith.subi %length, %units : index
  %difference = arith.divui %less, %c32 : index loc("difference")
  scf.for %i = %c0 to %length step %c16 {
    %next = arith.addi %i, %c16 : index
    %number = arith.divui %next, %c16 : index
    %slot = arith.remui %number, %c2 : index loc("slot")
    %before = arith.cmpi ult, %i, %slot : index
    ragged_kernel.exit_if %before
  }
  scf.for %i = %cm16 to %length step %c16 {
    %next = arith.addi %i, %c16 : index
    %slot = arith.divui %next, %c16 : index loc("slot")
  }
  ragged_kernel.return
}

// Comparisons and truth values; a condition with one use stands in its `if`, whatever its name.
// CHECK-LABEL: conditions(const int* p) {
// CHECK:        if (a == b) return;
// CHECK-NEXT:   if (a != b) return;
// CHECK-NEXT:   if (a < b) return;
// CHECK-NEXT:   if (a <= b) return;
// CHECK-NEXT:   if (a > b) return;
// CHECK-NEXT:   if (a >= b) return;
// CHECK-NEXT:   if (a >= 0 && a < b) return;
// CHECK-NEXT:   if (a == b || a < b && b < a) return;
// CHECK-NEXT:   if ((a == b || a < b) && b < a) return;
// CHECK-NEXT:   if (a == b ^ true) return;
// CHECK-NEXT:   if (a < b == false) return;
// CHECK-NEXT:   const bool live = a < b;
// CHECK-NEXT:   if (live) return;
// CHECK-NEXT:   if (live && true) return;
// CHECK-NEXT:   const int chosen = a < b ? a : b + 1;
// CHECK-NEXT:   const int nested = a == b || a < b ? (live ? a : b) : (live ? b : a);
// CHECK-NEXT: }
ragged_kernel.kernel @conditions(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %true = arith.constant true
  %false = arith.constant false
  %a = ragged_kernel.load %p[%c0] : !ragged_kernel.ptr<i32> loc("a")
  %b = ragged_kernel.load %p[%c1] : !ragged_kernel.ptr<i32> loc("b")
  %eq = arith.cmpi eq, %a, %b : index loc("is_equal")
  ragged_kernel.exit_if %eq
  %ne = arith.cmpi ne, %a, %b : index
  ragged_kernel.exit_if %ne
  %lt = arith.cmpi slt, %a, %b : index
  ragged_kernel.exit_if %lt
  %le = arith.cmpi sle, %a, %b : index
  ragged_kernel.exit_if %le
  %gt = arith.cmpi sgt, %a, %b : index
  ragged_kernel.exit_if %gt
  %ge = arith.cmpi sge, %a, %b : index
  ragged_kernel.exit_if %ge
  %low = arith.cmpi sge, %a, %c0 : index
  %high = arith.cmpi slt, %a, %b : index
  %inside = arith.andi %low, %high : i1
  ragged_kernel.exit_if %inside
  %1 = arith.cmpi eq, %a, %b : index
  %2 = arith.cmpi slt, %a, %b : index
  %3 = arith.cmpi slt, %b, %a : index
  %4 = arith.andi %2, %3 : i1
  %5 = arith.ori %1, %4 : i1
  ragged_kernel.exit_if %5
  %6 = arith.cmpi eq, %a, %b : index
  %7 = arith.cmpi slt, %a, %b : index
  %8 = arith.cmpi slt, %b, %a : index
  %9 = arith.ori %6, %7 : i1
  %10 = arith.andi %9, %8 : i1
  ragged_kernel.exit_if %10
  %11 = arith.cmpi eq, %a, %b : index
  %12 = arith.xori %11, %true : i1
  ragged_kernel.exit_if %12
  %13 = arith.cmpi slt, %a, %b : index
  %14 = arith.cmpi eq, %13, %false : i1
  ragged_kernel.exit_if %14
  %live = arith.cmpi slt, %a, %b : index loc("live")
  ragged_kernel.exit_if %live
  %15 = arith.andi %live, %true : i1
  ragged_kernel.exit_if %15
  %16 = arith.cmpi slt, %a, %b : index
  %17 = arith.addi %b, %c1 : index
  %18 = arith.select %16, %a, %17 : index loc("chosen")
  %19 = arith.cmpi eq, %a, %b : index
  %20 = arith.cmpi slt, %a, %b : index
  %21 = arith.ori %19, %20 : i1
  %22 = arith.select %live, %a, %b : index
  %23 = arith.select %live, %b, %a : index
  %24 = arith.select %21, %22, %23 : index loc("nested")
  ragged_kernel.return
}

// What binds less is in parentheses; the right operand also where it binds alike.
// CHECK-LABEL: precedence(const int* p) {
// CHECK:        const int v1 = (a + b) * b;
// CHECK-NEXT:   const int v2 = a * b + b;
// CHECK-NEXT:   const int v3 = a + a * b;
// CHECK-NEXT:   const int v4 = a - (a - b);
// CHECK-NEXT:   const int v5 = a - b - b;
// CHECK-NEXT:   const int v6 = a + (a + b);
// CHECK-NEXT:   const int v7 = a / (a * b);
// CHECK-NEXT:   const int v8 = a / b * b;
// CHECK-NEXT:   const int v9 = a + b << 1;
// CHECK-NEXT:   const int v10 = a + (b << 1);
// CHECK-NEXT:   const int v11 = (a & b) + 1;
// CHECK-NEXT:   const int v12 = a & b + 1;
// CHECK-NEXT:   const int v13 = (a < b ? a : b) + 1;
// CHECK-NEXT:   const int v14 = a + 1 < b ? a + 1 : b;
// CHECK-NEXT:   const int v15 = (a < b ? a : b) < b ? (a < b ? a : b) : b;
// CHECK-NEXT:   const int v16 = (a | b) & (a ^ b);
// CHECK-NEXT:   const int v17 = a | b & a ^ b;
// CHECK-NEXT: }
ragged_kernel.kernel @precedence(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = ragged_kernel.load %p[%c0] : !ragged_kernel.ptr<i32> loc("a")
  %b = ragged_kernel.load %p[%c1] : !ragged_kernel.ptr<i32> loc("b")
  %s1 = arith.addi %a, %b : index
  %v1 = arith.muli %s1, %b : index loc("v1")
  %s2 = arith.muli %a, %b : index
  %v2 = arith.addi %s2, %b : index loc("v2")
  %s3 = arith.muli %a, %b : index
  %v3 = arith.addi %a, %s3 : index loc("v3")
  %s4 = arith.subi %a, %b : index
  %v4 = arith.subi %a, %s4 : index loc("v4")
  %s5 = arith.subi %a, %b : index
  %v5 = arith.subi %s5, %b : index loc("v5")
  %s6 = arith.addi %a, %b : index
  %v6 = arith.addi %a, %s6 : index loc("v6")
  %s7 = arith.muli %a, %b : index
  %v7 = arith.divsi %a, %s7 : index loc("v7")
  %s8 = arith.divsi %a, %b : index
  %v8 = arith.muli %s8, %b : index loc("v8")
  %s9 = arith.addi %a, %b : index
  %v9 = arith.shli %s9, %c1 : index loc("v9")
  %s10 = arith.shli %b, %c1 : index
  %v10 = arith.addi %a, %s10 : index loc("v10")
  %s11 = arith.andi %a, %b : index
  %v11 = arith.addi %s11, %c1 : index loc("v11")
  %s12 = arith.addi %b, %c1 : index
  %v12 = arith.andi %a, %s12 : index loc("v12")
  %s13 = arith.minsi %a, %b : index
  %v13 = arith.addi %s13, %c1 : index loc("v13")
  %s14 = arith.addi %a, %c1 : index
  %v14 = arith.minsi %s14, %b : index loc("v14")
  %s15 = arith.minsi %a, %b : index
  %v15 = arith.minsi %s15, %b : index loc("v15")
  %s16 = arith.ori %a, %b : index
  %t16 = arith.xori %a, %b : index
  %v16 = arith.andi %s16, %t16 : index loc("v16")
  %s17 = arith.andi %b, %a : index
  %t17 = arith.xori %s17, %b : index
  %v17 = arith.ori %a, %t17 : index loc("v17")
  ragged_kernel.return
}

// Floats: operators, functions, and literals that read back to the same value.
// CHECK-LABEL: floats(const int* p) {
// CHECK-NEXT:   const int t = ptx::thread();
// CHECK-NEXT:   const f32 x = static_cast<f32>(t);
// CHECK-NEXT:   const f32 add = x + 2.5f;
// CHECK-NEXT:   const f32 sub = x - 2.5f;
// CHECK-NEXT:   const f32 mul = x * 2.5f;
// CHECK-NEXT:   const f32 div = x / 2.5f;
// CHECK-NEXT:   const f32 neg = -x;
// CHECK-NEXT:   const f32 twice = -(-x);
// CHECK-NEXT:   const f32 positive = -(-1.0f);
// CHECK-NEXT:   const f32 maximum = x > 2.5f || x != x ? x : 2.5f;
// CHECK-NEXT:   const f32 minimum = x < 2.5f || x != x ? x : 2.5f;
// CHECK-NEXT:   const f32 maxnum = ptx::max(x, 2.5f);
// CHECK-NEXT:   const f32 exp2 = ptx::ex2(x);
// CHECK-NEXT:   const f32 abs = x < 0.0f ? -x : x;
// CHECK-NEXT:   const f32 abs_literal = -1.0f < 0.0f ? -(-1.0f) : -1.0f;
// CHECK-NEXT:   const f32 fma = x * 2.5f + x;
// CHECK-NEXT:   const f32 less = x < 2.5f ? x : 2.5f;
// CHECK-NEXT:   const f32 grouped = (x + 2.5f) * x;
// CHECK-NEXT:   if (x == 2.5f) return;
// CHECK-NEXT:   if (x != 2.5f) return;
// CHECK-NEXT:   if (x <= 2.5f) return;
// CHECK-NEXT:   if (x > 2.5f) return;
// CHECK-NEXT:   if (x >= 2.5f) return;
// CHECK-NEXT: }
ragged_kernel.kernel @floats(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %thread = ragged_kernel.thread_id loc("t")
  %i = arith.index_cast %thread : index to i32
  %x = arith.sitofp %i : i32 to f32 loc("x")
  %y = arith.constant 2.5 : f32
  %0 = arith.addf %x, %y : f32 loc("add")
  %1 = arith.subf %x, %y : f32 loc("sub")
  %2 = arith.mulf %x, %y : f32 loc("mul")
  %3 = arith.divf %x, %y : f32 loc("div")
  %4 = arith.negf %x : f32 loc("neg")
  %n = arith.negf %x : f32
  %5 = arith.negf %n : f32 loc("twice")
  %cn = arith.constant -1.0 : f32
  %6 = arith.negf %cn : f32 loc("positive")
  %7 = arith.maximumf %x, %y : f32 loc("maximum")
  %8 = arith.minimumf %x, %y : f32 loc("minimum")
  %9 = arith.maxnumf %x, %y : f32 loc("maxnum")
  %10 = math.exp2 %x : f32 loc("exp2")
  %11 = math.absf %x : f32 loc("abs")
  %12 = math.absf %cn : f32 loc("abs_literal")
  %13 = math.fma %x, %y, %x : f32 loc("fma")
  %lt = arith.cmpf olt, %x, %y : f32
  %14 = arith.select %lt, %x, %y : f32 loc("less")
  %s = arith.addf %x, %y : f32
  %15 = arith.mulf %s, %x : f32 loc("grouped")
  %eq = arith.cmpf oeq, %x, %y : f32
  ragged_kernel.exit_if %eq
  %ne = arith.cmpf une, %x, %y : f32
  ragged_kernel.exit_if %ne
  %le = arith.cmpf ole, %x, %y : f32
  ragged_kernel.exit_if %le
  %gt = arith.cmpf ogt, %x, %y : f32
  ragged_kernel.exit_if %gt
  %ge = arith.cmpf oge, %x, %y : f32
  ragged_kernel.exit_if %ge
  ragged_kernel.return
}

// CHECK-LABEL: literals() {
// CHECK-NEXT:   const f32 x = static_cast<f32>(1);
// CHECK-NEXT:   const f32 one = x + 1.0f;
// CHECK-NEXT:   const f32 tenth = x + 0.100000001f;
// CHECK-NEXT:   const f32 log2e = x + 1.44269502f;
// CHECK-NEXT:   const f32 large = x + 3.40282347e+38f;
// CHECK-NEXT:   const f32 exact = x + 1e+10f;
// CHECK-NEXT:   const f32 small = x + 1.40129846e-45f;
// CHECK-NEXT:   const f32 negative = x + -0.5f;
// CHECK-NEXT:   const f32 negative_zero = x + -0.0f;
// CHECK-NEXT:   const f32 infinity = x + kInfinity;
// CHECK-NEXT:   const f32 negative_infinity = x + -kInfinity;
// CHECK-NEXT:   const f32 nan = x + __builtin_bit_cast(f32, 0x7fc00000u);
// CHECK-NEXT: }
ragged_kernel.kernel @literals() attributes {block_size = 32 : i64} {
  %c1 = arith.constant 1 : i32
  %x = arith.sitofp %c1 : i32 to f32 loc("x")
  %0 = arith.constant 1.0 : f32
  %1 = arith.constant 0.1 : f32
  %2 = arith.constant 1.44269504 : f32
  %3 = arith.constant 0x7F7FFFFF : f32
  %4 = arith.constant 1.0e10 : f32
  %5 = arith.constant 0x00000001 : f32
  %6 = arith.constant -0.5 : f32
  %7 = arith.constant -0.0 : f32
  %8 = arith.constant 0x7F800000 : f32
  %9 = arith.constant 0xFF800000 : f32
  %10 = arith.constant 0x7FC00000 : f32
  %a0 = arith.addf %x, %0 : f32 loc("one")
  %a1 = arith.addf %x, %1 : f32 loc("tenth")
  %a2 = arith.addf %x, %2 : f32 loc("log2e")
  %a3 = arith.addf %x, %3 : f32 loc("large")
  %a4 = arith.addf %x, %4 : f32 loc("exact")
  %a5 = arith.addf %x, %5 : f32 loc("small")
  %a6 = arith.addf %x, %6 : f32 loc("negative")
  %a7 = arith.addf %x, %7 : f32 loc("negative_zero")
  %a8 = arith.addf %x, %8 : f32 loc("infinity")
  %a9 = arith.addf %x, %9 : f32 loc("negative_infinity")
  %a10 = arith.addf %x, %10 : f32 loc("nan")
  ragged_kernel.return
}

// Arithmetic without a name and with one use stands where it is used; with a name, or with more uses, it is a constant of
// its own, computed once.
// CHECK-LABEL: places(int* p) {
// CHECK-NEXT:   const int t = ptx::thread();
// CHECK-NEXT:   const int v = t + 1;
// CHECK-NEXT:   const int named = t * 2;
// CHECK-NEXT:   ptx::store_global(p + v, static_cast<u32>(v * 3));
// CHECK-NEXT:   ptx::store_global(p + named, static_cast<u32>(t));
// CHECK-NEXT:   for (int i = t * 5; i < t + 7; i += t + 2) {
// CHECK-NEXT:     ptx::store_global(p + i, static_cast<u32>(t * 4));
// CHECK-NEXT:   }
// CHECK-NEXT: }
ragged_kernel.kernel @places(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %t = ragged_kernel.thread_id loc("t")
  %twice_used = arith.addi %t, %c1 : index
  %named = arith.muli %t, %c2 : index loc("named")
  %once = arith.muli %twice_used, %c3 : index
  ragged_kernel.store %once to %p[%twice_used] : !ragged_kernel.ptr<i32>
  ragged_kernel.store %t to %p[%named] : !ragged_kernel.ptr<i32>
  %low = arith.muli %t, %c5 : index
  %high = arith.addi %t, %c7 : index
  %step = arith.addi %t, %c2 : index
  %four = arith.muli %t, %c4 : index
  scf.for %i = %low to %high step %step {
    ragged_kernel.store %four to %p[%i] : !ragged_kernel.ptr<i32>
  }
  ragged_kernel.return
}
