//===-- RaggedKernel.cpp - operations of level 2: parsing and verification ------------------------------------===//
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace mlir::ragged_kernel;

#include "dialect/ragged_kernel/RaggedKernelInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "dialect/ragged_kernel/RaggedKernelOps.cpp.inc"

//===----------------------------------------------------------------------------------------------------------===//
// kernel, launch
//===----------------------------------------------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser& parser, OperationState& result) {
  auto buildFunctionType = [](Builder& builder, ArrayRef<Type> inputs, ArrayRef<Type> results,
                              function_interface_impl::VariadicFlag,
                              std::string&) { return builder.getFunctionType(inputs, results); };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false,
                                                  getFunctionTypeAttrName(result.name), buildFunctionType,
                                                  getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter& printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult KernelOp::verify() {
  ArrayRef<Type> pointers = getArgumentTypes();  // kernel_c1
  size_t maps = llvm::count_if(pointers, llvm::IsaPred<TensorMapType>);
  if (maps > 3) return emitOpError() << "expected at most 3 tensor maps, got " << maps;
  while (!pointers.empty() && isa<TensorMapType>(pointers.back())) pointers = pointers.drop_back();
  if (!pointers.empty() && pointers.back().isIndex()) pointers = pointers.drop_back();
  if (pointers.size() > 5) return emitOpError() << "expected at most 5 pointers, got " << pointers.size();
  for (Type type : pointers)
    if (!isa<PtrType>(type)) return emitOpError() << "expected parameters to be pointers, got " << type;
  if (!getResultTypes().empty())  // kernel_c2
    return emitOpError() << "expected no results, got " << getResultTypes().size();
  int64_t threads = getBlockSize();
  if (threads < 32 || threads > 1024 || threads % 32 != 0)  // kernel_c3
    return emitOpError() << "expected block_size to be a multiple of 32 from 32 to 1024, got " << threads;
  int64_t minBlocks = getMinBlocks();
  if (minBlocks < 1 || minBlocks > 32)  // kernel_c5
    return emitOpError() << "expected min_blocks to be from 1 to 32, got " << minBlocks;
  int64_t bytes = getSharedBytes();
  if (bytes < 0 || bytes > kMaxSharedBytes)  // kernel_c6
    return emitOpError() << "expected shared_bytes to be from 0 to " << kMaxSharedBytes << ", got " << bytes;
  WalkResult result = getBody().walk([&](Operation* op) {  // kernel_c4
    int64_t end = 0;
    if (auto alloc = dyn_cast<AllocSharedOp>(op)) end = alloc.getOffset() + alloc.getType().getBytes();
    if (auto alloc = dyn_cast<AllocPartialsOp>(op)) end = alloc.getOffset() + alloc.getType().getBytes();
    if (auto alloc = dyn_cast<AllocBarriersOp>(op)) end = alloc.getOffset() + alloc.getType().getBytes();
    if (end <= bytes) return WalkResult::advance();
    op->emitOpError() << "expected the tile to end within shared_bytes = " << bytes << ", got " << end;
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection& symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getCalleeAttr());
  if (!kernel)  // launch_c1
    return emitOpError() << "expected @" << getCallee() << " to be a ragged_kernel.kernel";
  ArrayRef<Type> pointers = kernel.getArgumentTypes();
  SmallVector<TensorMapType> maps;
  for (Type type : pointers)
    if (auto map = dyn_cast<TensorMapType>(type)) maps.push_back(map);
  pointers = pointers.drop_back(maps.size());
  size_t numbers = llvm::count_if(pointers, [](Type type) { return type.isIndex(); });
  pointers = pointers.drop_back(numbers);
  if (getScalars().size() != numbers)
    return emitOpError() << "expected " << numbers << " scalars for @" << getCallee() << ", got "
                         << getScalars().size();
  size_t parameters = getInputs().size() + getOutputs().size();
  if (pointers.size() != parameters)
    return emitOpError() << "expected " << pointers.size() << " operands and results for @" << getCallee() << ", got "
                         << parameters;
  auto types = llvm::concat<const Type>(getInputs().getTypes(), getOutputs().getTypes());
  for (auto [type, parameter] : llvm::zip_equal(types, pointers))
    if (cast<RankedTensorType>(type).getElementType() != cast<PtrType>(parameter).getElementType())
      return emitOpError() << "expected a tensor of " << cast<PtrType>(parameter).getElementType() << ", got " << type;
  if (getExtents().size() != getOutputs().size())  // launch_c2
    return emitOpError() << "expected one extent per result, got " << getExtents().size();
  SmallVector<ExtentAttr> extents{getGridX(), getGridY()};
  llvm::append_range(extents, getExtents().getAsRange<ExtentAttr>());
  llvm::append_range(extents, getScalars().getAsRange<ExtentAttr>());
  for (ExtentAttr extent : extents) {  // launch_c3
    if (extent.isConstant()) continue;
    if (extent.getOperand() >= static_cast<int64_t>(getInputs().size()) || extent.getDim() < 0 ||
        extent.getDim() >= cast<RankedTensorType>(getInputs()[extent.getOperand()].getType()).getRank())
      return emitOpError() << "expected an extent over a dimension of an operand, got " << extent;
  }
  if (getTensorMaps().size() != maps.size())  // launch_c5
    return emitOpError() << "expected " << maps.size() << " tensor maps for @" << getCallee() << ", got "
                         << getTensorMaps().size();
  for (auto [operand, map] : llvm::zip_equal(getTensorMaps(), maps)) {
    auto type = operand >= 0 && operand < static_cast<int64_t>(getInputs().size())
                    ? cast<RankedTensorType>(getInputs()[operand].getType())
                    : RankedTensorType();
    if (!type || type.getElementType() != map.getElementType())
      return emitOpError() << "expected a tensor map of an operand of " << map.getElementType()
                           << ", got one of operand " << operand;
  }
  if (int64_t resident = getResident(); resident < 0 || resident > 32)  // launch_c4
    return emitOpError() << "expected resident to be from 0 to 32, got " << resident;
  return success();
}

//===----------------------------------------------------------------------------------------------------------===//
// Sequence and views
//===----------------------------------------------------------------------------------------------------------===//

template <typename Op>
static LogicalResult checkOffsets(Op op) {
  if (op.getOffsets().getType().getElementType().isInteger(32)) return success();
  return op.emitOpError() << "expected offsets of i32, got " << op.getOffsets().getType().getElementType();
}

template <typename Op>
static LogicalResult checkCapacity(Op op) {
  auto capacity = static_cast<int64_t>(op.getCapacity());
  if (capacity >= 1) return success();
  return op.emitOpError() << "expected a capacity of at least 1, got " << capacity;
}

LogicalResult SequenceOp::verify() {
  if (failed(checkOffsets(*this))) return failure();  // sequence_c1
  return checkCapacity(*this);                        // sequence_c2
}

LogicalResult LaneSequenceOp::verify() {
  if (failed(checkOffsets(*this))) return failure();  // lane_sequence_c1
  return checkCapacity(*this);                        // lane_sequence_c2
}

LogicalResult GlobalRowsOp::verify() {
  if (getPtr().getType().getElementType() != getType().getElementType())  // global_rows_c1
    return emitOpError() << "expected pointer and rows of one element type, got " << getPtr().getType().getElementType()
                         << " and " << getType().getElementType();
  return success();
}

LogicalResult AllocSharedOp::verify() {
  int64_t offset = getOffset();
  if (offset < 0 || offset % 128 != 0)  // alloc_shared_c1
    return emitOpError() << "expected the offset to be a non-negative multiple of 128, got " << offset;
  return success();
}

LogicalResult SlotOp::verify() {
  if (!getTile().getType().hasSlots() || getTile().getType().getSlotType() != getType())  // slot_c1
    return emitOpError() << "expected one slot of the operand, got " << getTile().getType() << " and " << getType();
  return success();
}

LogicalResult SharedRowsOp::verify() {
  SharedType from = getTile().getType(), to = getType();
  if (from.getRank() != 2 || to.getRank() != 2 || to.getRows() > from.getRows() ||
      from.withRows(to.getRows()) != to)  // shared_rows_c1
    return emitOpError() << "expected rows of the operand, got " << from << " and " << to;
  return success();
}

//===----------------------------------------------------------------------------------------------------------===//
// Dependent launch
//===----------------------------------------------------------------------------------------------------------===//

bool mlir::ragged_kernel::mayTouchGlobalOrExit(Operation* op) {
  return op
      ->walk<WalkOrder::PreOrder>([](Operation* inner) {
        if (isPure(inner)) return WalkResult::skip();
        // Whatever else has an effect or hides one; memory of these is shared memory.
        bool isShared = isa<BarrierOp, CommitGroupOp, WaitGroupOp, LoadOperandOp, MmaIssueOp, ReturnOp,
                            GridDependencyWaitOp, LaunchDependentsOp, InitBarriersOp, ArriveOp, ArriveCopiesOp,
                            WaitBarrierOp, FenceAsyncOp, SetRegistersOp, PrefetchMapOp, StoreTileOp>(inner);
        bool isFrame = inner->getNumRegions() > 0 || inner->hasTrait<OpTrait::IsTerminator>();
        return isShared || isFrame ? WalkResult::advance() : WalkResult::interrupt();
      })
      .wasInterrupted();
}

LogicalResult GridDependencyWaitOp::verify() {
  if (!isa<KernelOp>((*this)->getParentOp()))  // grid_dependency_wait_c1
    return emitOpError() << "expected to be in the kernel's own block, got " << (*this)->getParentOp()->getName();
  for (Operation* op = (*this)->getPrevNode(); op; op = op->getPrevNode())  // grid_dependency_wait_c2
    if (mayTouchGlobalOrExit(op))
      return emitOpError() << "expected nothing in front that touches global memory or leaves the kernel, got "
                           << op->getName();
  return success();
}

/// A conditional that whole warps take: on a comparison of their number, or of their warpgroup's, with another value.
static bool dividesBlock(Operation* op) {
  Operation* condition =
      op->getNumOperands() == 1 && op->getNumRegions() == 2 ? op->getOperand(0).getDefiningOp() : nullptr;
  if (!condition || condition->getNumOperands() != 2) return false;
  return isa_and_nonnull<WarpgroupIdOp, WarpIdOp>(condition->getOperand(0).getDefiningOp());
}

LogicalResult LaunchDependentsOp::verify() {
  Operation* parent = (*this)->getParentOp();
  while (isa<LoopLikeOpInterface>(parent) || dividesBlock(parent)) parent = parent->getParentOp();
  if (!isa<KernelOp>(parent))  // launch_dependents_c1
    return emitOpError() << "expected to be in the kernel's own block or in a loop there, got " << parent->getName();
  return success();
}

//===----------------------------------------------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------------------------------------------===//

/// Groups of equal size; a warp and the block are no groups.
static LogicalResult verifyGroup(Operation* op, Scope scope, int64_t warps) {
  auto kernel = op->getParentOfType<KernelOp>();
  int64_t all = kernel ? kernel.getBlockSize() / 32 : warps;
  if (scope == Scope::Group ? warps >= 1 && all % warps == 0 : warps == 1) return success();
  return op->emitOpError() << "expected warps of a group to be a divisor of " << all << ", and 1 for other scopes, got "
                           << warps;
}

LogicalResult CopyAsyncOp::verify() {
  if (getRows().getType().getElementType() != getTile().getType().getElementType())  // copy_async_c1
    return emitOpError() << "expected rows and tile of one element type, got " << getRows().getType().getElementType()
                         << " and " << getTile().getType().getElementType();
  if (getTile().getType().getRank() != 2)  // copy_async_c2
    return emitOpError() << "expected a tile without slots, got " << getTile().getType();
  if (failed(verifyGroup(*this, getScope(), getWarps()))) return failure();  // copy_async_c3
  if (getScope() == Scope::Group && getLimit())                              // copy_async_c4
    return emitOpError() << "expected a group to copy a whole tile, got a limit";
  return success();
}

LogicalResult WaitGroupOp::verify() {
  int64_t pending = getPending();
  if (pending < 0 || pending > 7)  // wait_group_c1
    return emitOpError() << "expected pending from 0 to 7, got " << pending;
  return success();
}

//===----------------------------------------------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------------------------------------------===//

LogicalResult LoadOperandOp::verify() {
  SharedType tile = getTile().getType();
  OperandType operand = getType();
  if (tile.getRank() != 2 || tile.getRows() != kWarpRows || operand.getRows() != kWarpRows ||
      operand.getCols() != tile.getCols() || operand.getElementType() != tile.getElementType())  // load_operand_c1
    return emitOpError() << "expected an operand of the tile's 16 rows, got " << tile << " and " << operand;
  return success();
}

LogicalResult MmaIssueOp::verify() {
  int64_t aRows, aCols;
  int64_t aRank = 2;
  Type aElement;
  if (auto operand = dyn_cast<OperandType>(getA().getType())) {
    aRows = operand.getRows(), aCols = operand.getCols(), aElement = operand.getElementType();
  } else {
    auto tile = cast<SharedType>(getA().getType());
    aRows = tile.getRows(), aCols = tile.getCols(), aElement = tile.getElementType();
    aRank = tile.getRank();
  }
  SharedType b = getB().getType();
  auto pending = dyn_cast<PendingType>(getAcc().getType());
  if (pending && (!getWarpgroup() || getFresh()))  // mma_issue_c6
    return emitOpError() << "expected a product under way to be added to by a warpgroup, and not afresh";
  AccType acc = pending ? AccType::get(getContext(), pending.getRows(), pending.getCols(), pending.getElementType())
                        : cast<AccType>(getAcc().getType());
  bool transposed = getForm() == MmaForm::NT;
  int64_t n = transposed ? b.getRows() : b.getCols();
  int64_t k = transposed ? b.getCols() : b.getRows();
  if (getForm() == MmaForm::TN) std::swap(aRows, aCols);
  // A tile in shared memory is that of the whole unit.
  int64_t rows = getWarpgroup() && isa<SharedType>(getA().getType()) ? 4 * acc.getRows() : acc.getRows();
  if (aRank != 2 || b.getRank() != 2 || aRows != rows || aCols != k || acc.getCols() != n ||
      getType().getRows() != acc.getRows() || getType().getCols() != acc.getCols())  // mma_issue_c1
    return emitOpError() << "expected sizes of a product, got a " << aRows << "x" << aCols << ", b " << k << "x" << n
                         << ", accumulator " << acc.getRows() << "x" << acc.getCols();
  if (aElement != b.getElementType() || !acc.getElementType().isF32())  // mma_issue_c2
    return emitOpError() << "expected operands of one element type and an f32 accumulator, got " << aElement << ", "
                         << b.getElementType() << " and " << acc.getElementType();
  if (getFresh() && !getWarpgroup())  // mma_issue_c4
    return emitOpError() << "expected a fresh product to be that of a warpgroup";
  if (getForm() == MmaForm::TN && (!getWarpgroup() || !isa<SharedType>(getA().getType())))  // mma_issue_c5
    return emitOpError() << "expected form tn to be of a warpgroup, with a in a shared tile";
  if (getWarpgroup()) {  // mma_issue_c3
    auto fits = [&](SharedType tile) {
      int64_t rowBytes = tile.getCols() * tile.getElementType().getIntOrFloatBitWidth() / 8;
      return tile.getLayout() && tile.getLayout().suitsWarpgroups(rowBytes, /*summed=*/transposed);
    };
    auto shared = dyn_cast<SharedType>(getA().getType());
    // Few columns without a swizzle, or few rows.
    bool isNarrow = !transposed && b.getCols() == 8;
    bool suits = isNarrow
                     ? b.getLayout() && b.getLayout().getKind() == LayoutKind::Padded && b.getLayout().getBytes() == 16
                     : fits(b);
    if (shared) suits &= fits(shared) && (getForm() == MmaForm::NT || (getForm() == MmaForm::TN && isNarrow));
    bool hasKeys = b.getRows() % kWarpRows == 0 && (isNarrow || b.getRows() <= 256);
    if (shared && transposed) hasKeys |= b.getRows() == 8;
    if (aElement.getIntOrFloatBitWidth() != 16 || !suits || !hasKeys)
      return emitOpError()
             << "expected a product of a warpgroup to have a in registers or, for nt and tn, in a shared tile, "
                "elements of 16 bits, rows that fill an xor layout of 32, 64 or 128 bytes or lie in panels, "
                "and 16 to 256 keys in sixteens, got "
             << getA().getType() << " and " << b;
  }
  return success();
}

LogicalResult BarrierOp::verify() {
  if (getScope() == Scope::Warpgroup || (getAsync() && getScope() == Scope::Warp))  // barrier_c1
    return emitOpError() << "expected the scope of "
                         << (getAsync() ? "an async barrier to be" : "a barrier to be warp,") << " group or block, got "
                         << stringifyScope(getScope());
  if (failed(verifyGroup(*this, getScope(), getWarps()))) return failure();  // barrier_c2
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (int64_t groups = kernel ? kernel.getBlockSize() / 32 / getWarps() : 1;
      getScope() == Scope::Group && getWarps() > 1 && groups > 15)
    return emitOpError() << "expected at most 15 groups with a barrier each, got " << groups;
  return success();
}

LogicalResult MmaWaitOp::verify() {
  auto issue = getPending().getDefiningOp<MmaIssueOp>();
  if (issue && issue.getWarpgroup() != getWarpgroup())  // mma_wait_c2
    return emitOpError() << "expected to wait " << (issue.getWarpgroup() ? "as a warpgroup" : "as a warp")
                         << ", as the product was issued";
  if (getPending().getType().getRows() != getType().getRows() ||
      getPending().getType().getCols() != getType().getCols())  // mma_wait_c1
    return emitOpError() << "expected the accumulator of the product, got " << getPending().getType() << " and "
                         << getType();
  int64_t newer = getNewer();
  if (newer < 0 || newer > 7 || (newer > 0 && !getWarpgroup()))  // mma_wait_c3
    return emitOpError() << "expected newer to be from 0 to 7 for a warpgroup and 0 for a warp, got " << newer;
  if (issue && newer > 0 && issue->getBlock() == (*this)->getBlock()) {  // mma_wait_c4
    int64_t after = 0;
    for (Operation* op = issue->getNextNode(); op && op != *this; op = op->getNextNode()) after += isa<MmaIssueOp>(op);
    if (after < newer)
      return emitOpError() << "expected at most " << after << " newer products, which were issued since, got " << newer;
  }
  return success();
}

LogicalResult ToOperandOp::verify() {
  if (getAcc().getType().getRows() != getType().getRows() ||
      getAcc().getType().getCols() != getType().getCols())  // to_operand_c1
    return emitOpError() << "expected an operand of the accumulator's sizes, got " << getAcc().getType() << " and "
                         << getType();
  return success();
}

LogicalResult WidenOp::verify() {
  OperandType from = getOperand().getType(), to = getType();
  if (from.getRows() != to.getRows() || from.getElementType() != to.getElementType() ||
      from.getCols() > to.getCols())  // widen_c1
    return emitOpError() << "expected an operand with no fewer columns and otherwise the same, got " << from << " and "
                         << to;
  return success();
}

LogicalResult StoreTileOp::verify() {
  SharedType tile = getTile().getType();
  if (tile.getRank() != 2 || tile.getRows() != getAcc().getType().getRows() ||
      tile.getCols() != getAcc().getType().getCols() ||
      tile.getElementType().getIntOrFloatBitWidth() != 16)  // store_tile_c1
    return emitOpError() << "expected a tile of the accumulator's sizes with elements of 16 bits, got "
                         << getAcc().getType() << " and " << tile;
  return success();
}

LogicalResult StoreRowsOp::verify() {
  SharedType staging = getStaging().getType();
  AccType acc = getAcc().getType();
  if (staging.getRank() != 2 || staging.getRows() != acc.getRows() ||
      staging.getCols() != acc.getCols())  // store_rows_c1
    return emitOpError() << "expected staging of " << acc.getRows() << "x" << acc.getCols() << ", got " << staging;
  if (staging.getElementType() != getRows().getType().getElementType())  // store_rows_c2
    return emitOpError() << "expected staging and rows of one element type, got " << staging.getElementType() << " and "
                         << getRows().getType().getElementType();
  return success();
}

//===----------------------------------------------------------------------------------------------------------===//
// Softmax step
//===----------------------------------------------------------------------------------------------------------===//

ParseResult SoftmaxStepOp::parse(OpAsmParser& parser, OperationState& result) {
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  Type scores, values, acc;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperandList(operands, 5) || parser.parseOptionalAttrDict(result.attributes) || parser.parseColon() ||
      parser.parseType(scores) || parser.parseComma() || parser.parseType(values) || parser.parseComma() ||
      parser.parseType(acc))
    return failure();
  auto scoresType = dyn_cast<AccType>(scores);
  if (!scoresType) return parser.emitError(loc) << "expected scores to be an accumulator, got " << scores;
  Type rows = RowVectorType::get(parser.getContext(), scoresType.getRows());
  result.addTypes({acc, rows, rows});
  return parser.resolveOperands(operands, {scores, values, acc, rows, rows}, loc, result.operands);
}

void SoftmaxStepOp::print(OpAsmPrinter& printer) {
  printer << " " << getOperands();
  printer.printOptionalAttrDict((*this)->getAttrs());
  printer << " : " << getScores().getType() << ", " << getValues().getType() << ", " << getAcc().getType();
}

//===----------------------------------------------------------------------------------------------------------===//
// Pack and unpack
//===----------------------------------------------------------------------------------------------------------===//

namespace {

/// `load` and `store` move one i32.
LogicalResult verifyIntMemory(Operation* op, Type memory) {
  auto pointer = dyn_cast<PtrType>(memory);
  if (pointer ? pointer.getElementType().isInteger(32) : cast<SharedType>(memory).getRank() == 1) return success();
  return op->emitOpError() << "expected a pointer to i32 or a shared array, got " << memory;
}

LogicalResult verifyMask(Operation* op, PtrType keep, SharedType scratch) {
  if (keep.getElementType().isInteger(1) && scratch.getRank() == 1) return success();
  return op->emitOpError() << "expected a mask of i1 and an array for scratch, got " << keep << " and " << scratch;
}

LogicalResult verifyRowBytes(Operation* op, int64_t bytes, PtrType pointer) {
  int64_t unit = std::max(2u, pointer.getElementType().getIntOrFloatBitWidth() / 8);
  if (bytes <= 0 || bytes % unit != 0)
    return op->emitOpError() << "expected bytes to be a positive multiple of " << unit << ", got " << bytes;
  return success();
}

}  // namespace

LogicalResult CountKeptOp::verify() {
  return verifyMask(*this, getKeep().getType(), getScratch().getType());  // count_kept_c1
}

LogicalResult CompactKeptOp::verify() {
  if (!getIndices().getType().getElementType().isInteger(32))  // compact_kept_c2
    return emitOpError() << "expected indices of i32, got " << getIndices().getType().getElementType();
  return verifyMask(*this, getKeep().getType(), getScratch().getType());  // compact_kept_c1
}

LogicalResult LoadOp::verify() {
  return verifyIntMemory(*this, getMemory().getType());  // load_c1
}

LogicalResult StoreOp::verify() {
  return verifyIntMemory(*this, getMemory().getType());  // store_c1
}

LogicalResult CopyRowOp::verify() {
  if (getFrom().getType() != getTo().getType())  // copy_row_c2
    return emitOpError() << "expected pointers of one element type, got " << getFrom().getType() << " and "
                         << getTo().getType();
  return verifyRowBytes(*this, getBytes(), getTo().getType());  // copy_row_c1
}

LogicalResult FillRowOp::verify() {
  return verifyRowBytes(*this, getBytes(), getTo().getType());  // fill_row_c1
}
