#include "runtime/json.h"

#include <string>
#include <utility>
#include <vector>

#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr size_t kMaximumDepth = 32;

// Builds the document and stops at the first thing that is not acceptable. nlohmann's own builder would throw on a
// syntax error, take any depth and let the last of two equal keys win.
class Builder : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return Add(nullptr) != nullptr; }
  bool boolean(bool value) override { return Add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return Add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return Add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override { return Add(value) != nullptr; }
  bool string(string_t& value) override { return Add(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return Fail("binary data"); }

  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      return Fail(StrCat("expected distinct keys in an object, got '", Printable(name), "' twice"));
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception&) override {
    return Fail(StrCat("expected valid JSON, got a syntax error at byte ", position > 0 ? position - 1 : 0, " near '",
                       Printable(token, 24), "'"));
  }

  Json& document() { return document_; }
  const std::string& error() const { return error_; }

 private:
  // Stores `value` where the document stands (at the top, under the current key, at the end of the current array).
  Json* Add(Json value) {
    if (open_.empty()) {
      document_ = std::move(value);
      return &document_;
    }
    Json* parent = open_.back();
    if (parent->is_array()) {
      parent->push_back(std::move(value));
      return &parent->back();
    }
    return &((*parent)[key_] = std::move(value));
  }

  bool Open(Json value) {
    if (open_.size() == kMaximumDepth) {
      return Fail(StrCat("expected JSON nested at most ", kMaximumDepth, " deep, got more"));
    }
    // Pointers into the parents stay valid: a parent grows only after its open child has been closed.
    open_.push_back(Add(std::move(value)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  bool Fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return false;
  }

  Json document_;
  std::vector<Json*> open_;
  std::string key_;
  std::string error_;
};

}  // namespace

Result<Json> ParseJson(std::string_view text) {
  Builder builder;
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return InvalidArgument(builder.error());
  return std::move(builder.document());
}

}  // namespace raggedc
