#include "runtime/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "runtime/file_io.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

// A file with this header text and so many bytes of data.
std::string FileOf(std::string_view header, size_t data_bytes) {
  std::string bytes(8, '\0');
  const uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  return bytes.append(header).append(data_bytes, '\x01');
}

void ExpectError(const std::string& bytes, const std::string& message) {
  ExpectInvalid(ParseSafetensors(bytes, "x.safetensors").status(), "x.safetensors: " + message);
}

TEST(SafetensorsTest, EveryTypeSurvivesTheRoundTrip) {
  std::vector<Tensor> tensors;
  for (const DType dtype :
       {DType::kU8, DType::kBf16, DType::kF16, DType::kF32, DType::kF64, DType::kI32, DType::kI64, DType::kBool}) {
    tensors.push_back(MakeTensor("t_" + std::string(DTypeName(dtype)), dtype, {3, 5}));
    for (size_t i = 0; i < tensors.back().data.size(); ++i) tensors.back().data[i] = static_cast<uint8_t>(i * 37);
  }
  tensors.push_back(MakeTensor("scalar", DType::kF32, {}));
  tensors.push_back(MakeTensor("empty", DType::kI32, {0, 7}));
  const TemporaryDirectory directory;
  const std::string path = directory.File("x.safetensors");
  RAGGEDC_ASSERT_OK(WriteSafetensors(path, tensors, {{"seed", "7"}}));
  const Result<SafetensorsFile> file = ReadSafetensors(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->metadata.at("seed"), "7");
  ASSERT_EQ(file->tensors.size(), tensors.size());
  for (const Tensor& tensor : tensors) {
    const Tensor* read = FindTensor(file->tensors, tensor.name);
    ASSERT_NE(read, nullptr) << tensor.name;
    EXPECT_EQ(read->dtype, tensor.dtype);
    EXPECT_EQ(read->shape, tensor.shape);
    EXPECT_EQ(read->data, tensor.data);
  }
}

TEST(SafetensorsTest, DataBeginsAligned) {
  for (const size_t name_length : {1, 20, 63, 64, 65}) {
    const std::string bytes =
        *SerializeSafetensors(std::vector<Tensor>{MakeTensor(std::string(name_length, 'n'), DType::kF32, {4})});
    EXPECT_EQ((bytes.size() - 16) % 64, 0u);
  }
}

TEST(SafetensorsTest, NoTensorsAtAll) {
  const Result<SafetensorsFile> file = ParseSafetensors(*SerializeSafetensors({}), "x");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->tensors.empty());
}

TEST(SafetensorsTest, WriterRefusesNamesThatCollide) {
  const std::vector<Tensor> twice = {MakeTensor("q", DType::kU8, {1}), MakeTensor("q", DType::kU8, {1})};
  ExpectInvalid(SerializeSafetensors(twice).status(),
                "expected distinct tensor names other than __metadata__, got 'q'");
  EXPECT_FALSE(SerializeSafetensors(std::vector<Tensor>{MakeTensor("__metadata__", DType::kU8, {1})}).ok());
}

TEST(SafetensorsTest, WriterSurvivesNamesThatAreNotUtf8) {
  EXPECT_TRUE(SerializeSafetensors(std::vector<Tensor>{MakeTensor("\xff", DType::kU8, {1})}).ok());
}

TEST(SafetensorsTest, MissingFile) {
  ExpectInvalid(ReadSafetensors("/nowhere/x.safetensors").status(),
                "cannot read /nowhere/x.safetensors: No such file or directory");
}

TEST(SafetensorsTest, TruncatedLength) {
  ExpectError("abc", "expected at least 8 bytes of header length, got a file of 3");
}

TEST(SafetensorsTest, EmptyFile) {
  ExpectError("", "expected at least 8 bytes of header length, got a file of 0");
}

TEST(SafetensorsTest, TruncatedHeader) {
  ExpectError(FileOf("{}", 0).substr(0, 9), "expected a header of 2 bytes, got 1 before the end");
}

TEST(SafetensorsTest, HugeHeader) {
  ExpectError(std::string(16, '\xff'), "expected a header of at most 16777216 bytes, got 18446744073709551615");
}

TEST(SafetensorsTest, HeaderIsNotJson) {
  ExpectError(FileOf("{\"q\"", 0), "header: expected valid JSON, got a syntax error at byte 4 near '\"q\"'");
}

TEST(SafetensorsTest, HeaderIsNotAnObject) {
  ExpectError(FileOf("[]", 0), "header: expected a JSON object, got array");
}

TEST(SafetensorsTest, DuplicateName) {
  const std::string entry = R"("q":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  ExpectError(FileOf("{" + entry + "," + entry + "}", 1), "header: expected distinct keys in an object, got 'q' twice");
}

TEST(SafetensorsTest, DeepHeader) {
  ExpectError(FileOf("{\"q\":" + std::string(1000, '['), 0), "header: expected JSON nested at most 32 deep, got more");
}

TEST(SafetensorsTest, EntryIsNotAnObject) {
  ExpectError(FileOf(R"({"q":1})", 0), "tensor 'q': expected an object, got number");
}

TEST(SafetensorsTest, UnknownField) {
  ExpectError(FileOf(R"({"q":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", 1),
              "tensor 'q': expected the fields dtype, shape and data_offsets, got 'x'");
}

TEST(SafetensorsTest, MissingDType) {
  ExpectError(FileOf(R"({"q":{"shape":[1],"data_offsets":[0,1]}})", 1),
              "tensor 'q': expected a field 'dtype', got none");
}

TEST(SafetensorsTest, UnknownDType) {
  ExpectError(FileOf(R"({"q":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", 1),
              "tensor 'q': expected dtype BF16, F16, F32, F64, I32, I64, U8 or BOOL, got 'F8_E4M3'");
}

TEST(SafetensorsTest, DTypeIsNotText) {
  ExpectError(FileOf(R"({"q":{"dtype":3,"shape":[1],"data_offsets":[0,1]}})", 1),
              "tensor 'q': expected 'dtype' to be a string, got number");
}

TEST(SafetensorsTest, NegativeDimension) {
  ExpectError(FileOf(R"({"q":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1),
              "tensor 'q': expected 'shape' to hold integers of at least 0, got -1");
}

TEST(SafetensorsTest, FractionalDimension) {
  ExpectError(FileOf(R"({"q":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}})", 1),
              "tensor 'q': expected 'shape' to hold integers of at least 0, got 1.5");
}

TEST(SafetensorsTest, ShapeOverflows) {
  ExpectError(FileOf(R"({"q":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
              "tensor 'q': expected fewer than 2^59 elements, got shape [4294967296, 4294967296]");
  ExpectError(FileOf(R"({"q":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,0]}})", 0),
              "tensor 'q': expected 'shape' to hold integers of at least 0, got 18446744073709551615");
}

TEST(SafetensorsTest, TooManyDimensions) {
  ExpectError(FileOf(R"({"q":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1),
              "tensor 'q': expected at most 16 numbers in 'shape', got 17");
}

TEST(SafetensorsTest, OneOffset) {
  ExpectError(FileOf(R"({"q":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", 1),
              "tensor 'q': expected two data_offsets, got 1");
}

TEST(SafetensorsTest, FallingOffsets) {
  ExpectError(FileOf(R"({"q":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1),
              "tensor 'q': expected data_offsets in rising order, got [1, 0]");
}

TEST(SafetensorsTest, OffsetsBeyondTheFile) {
  ExpectError(FileOf(R"({"q":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}})", 4),
              "tensor 'q': expected data_offsets within the file's 4 bytes of data, got [0, 5]");
}

TEST(SafetensorsTest, OffsetsThatDoNotMatchTheShape) {
  ExpectError(FileOf(R"({"q":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,4]}})", 4),
              "tensor 'q': expected 12 bytes for bf16 [2, 3], got data_offsets [0, 4] of 4 bytes");
}

TEST(SafetensorsTest, Overlap) {
  ExpectError(FileOf(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                     R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                     6),
              "tensor 'b': expected its data to begin at byte 4 where the one before ends, got 2 (overlap)");
}

TEST(SafetensorsTest, Hole) {
  ExpectError(FileOf(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3),
              "tensor 'a': expected its data to begin at byte 0 where the one before ends, got 1 (hole)");
}

TEST(SafetensorsTest, TrailingData) {
  ExpectError(FileOf(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 3),
              "expected 2 bytes of data after the header, got 3");
}

TEST(SafetensorsTest, MetadataMustBeText) {
  ExpectError(FileOf(R"({"__metadata__":{"a":1}})", 0), "__metadata__: expected 'a' to be a string, got number");
  ExpectError(FileOf(R"({"__metadata__":[]})", 0), "__metadata__: expected an object, got array");
}

TEST(SafetensorsTest, NamesFromTheFileArePrintedSafely) {
  ExpectError(FileOf("{\"a\\n\\u0007\":1}", 0), "tensor 'a\\x0a\\x07': expected an object, got number");
}

}  // namespace
}  // namespace raggedc
