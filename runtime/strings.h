// Small text helpers shared by parsers and messages.
#ifndef RAGGEDC_RUNTIME_STRINGS_H_
#define RAGGEDC_RUNTIME_STRINGS_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace raggedc {

// The shortest decimal text that reads back as the same value ("0.125", "1e-05", "inf").
std::string ToText(double value);
std::string ToText(float value);

namespace internal {
inline void Append(std::string* out, std::string_view piece) {
  out->append(piece);
}
inline void Append(std::string* out, char piece) {
  out->push_back(piece);
}
template <std::integral T>
void Append(std::string* out, T piece) {
  out->append(std::to_string(piece));
}
inline void Append(std::string* out, double piece) {
  out->append(ToText(piece));
}
inline void Append(std::string* out, float piece) {
  out->append(ToText(piece));
}
}  // namespace internal

// The arguments (text, characters, integers, floating-point numbers) written one after the other.
template <typename... Pieces>
std::string StrCat(const Pieces&... pieces) {
  std::string out;
  (internal::Append(&out, pieces), ...);
  return out;
}

// "[2, 12, 64]".
std::string FormatShape(std::span<const int64_t> shape);

// `text` as one printable line of at most `limit` bytes: control characters and bytes that are not ASCII become \xNN,
// what is cut off becomes "...". For text that comes out of files and command lines.
std::string Printable(std::string_view text, size_t limit = 64);

// The pieces of `text` between the separators, empty ones included; "" gives one empty piece.
std::vector<std::string_view> Split(std::string_view text, char separator);

// `text` without spaces and tabs at both ends.
std::string_view Trim(std::string_view text);

// The whole of `text` as a decimal integer or number; nothing when anything else is in it or it does not fit.
std::optional<int64_t> ParseInt(std::string_view text);
std::optional<float> ParseFloat(std::string_view text);

// True for an MLIR and C identifier: a letter or '_' and then letters, digits and '_'.
bool IsIdentifier(std::string_view text);

// " (did you mean 'heads'?)" with the candidate nearest to `word`, or "" when none is near.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_STRINGS_H_
