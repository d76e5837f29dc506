//===- TextLimits.cpp - text that the parser may be given ------------------===//

#include "tools/raggedc/TextLimits.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace raggedc {

using llvm::StringRef;
using llvm::Twine;

namespace {

constexpr int64_t kDeepest = 256;            ///< brackets around a place, those of the aliases in it included
constexpr int64_t kMostOperators = 256;      ///< of one affine expression
constexpr int64_t kMostResults = 65535;      ///< of one operation
constexpr int64_t kMostAliasText = 1 << 20;  ///< bytes of all uses of aliases, written out

/// What an alias stands for, once its own aliases are written out.
struct Alias {
  int64_t depth = 0;
  int64_t size = 0;
};

class Scanner {
 public:
  Scanner(StringRef text, StringRef name) : text(text), name(name) {}

  Status run() {
    while (at < text.size() && error.ok()) step();
    return error;
  }

 private:
  void step() {
    char c = text[at];
    if (c == '"') return skipString();
    if (text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
      return;
    }
    if (c == '#' && llvm::isDigit(next())) return scanResultNumber();
    if (c == '#' || c == '!') return scanAlias();
    if (llvm::isAlpha(c) || c == '_') return scanWord();
    if (c == '\n' && depth == 0 && endsDefinition()) open = nullptr;
    if (!llvm::isSpace(c)) setLast(c);
    if (StringRef("([{<").contains(c)) {
      deepen(++depth);
    } else if (StringRef(")]}").contains(c) || (c == '>' && !isArrowOrComparison())) {
      --depth;
    }
    if (StringRef("+*").contains(c) || (c == '-' && next() != '>'))
      countOperator();
    else if (StringRef("([{<>}]),=").contains(c))
      operators = 0;
    grow(1);
    ++at;
  }

  char next() const { return at + 1 < text.size() ? text[at + 1] : 0; }
  bool isArrowOrComparison() const { return (at > 0 && text[at - 1] == '-') || next() == '='; }

  void skipString() {
    size_t begin = at;
    for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
      if (text[at] == '\\') ++at;
    at = std::min(at, text.size());
    if (at < text.size() && text[at] == '"') ++at;
    setLast('"');
    grow(at - begin);
  }

  void scanWord() {
    size_t begin = at;
    while (at < text.size() && isNameCharacter(text[at])) ++at;
    StringRef word = text.slice(begin, at);
    if (word == "mod" || word == "floordiv" || word == "ceildiv") countOperator();
    setLast(word.back());
    grow(word.size());
  }

  /// `%name#7`. The parser makes room for as many results.
  void scanResultNumber() {
    size_t begin = at++;
    while (at < text.size() && llvm::isDigit(text[at])) ++at;
    int64_t number = 0;
    if (text.slice(begin + 1, at).getAsInteger(10, number) || number > kMostResults)
      return fail(begin, "expected the number of a result to be at most " + Twine(kMostResults));
    setLast('0');
    grow(at - begin);
  }

  /// `#name = ...` begins a definition, another `#name` is a use. `!name` is the same for types.
  void scanAlias() {
    size_t begin = at++;
    while (at < text.size() && isNameCharacter(text[at])) ++at;
    StringRef alias = text.slice(begin, at);
    StringRef rest = skipBlanks(text.substr(at));
    if (depth == 0 && rest.starts_with("=") && !rest.starts_with("==")) {
      open = &aliases[alias];
      *open = Alias();
      at = text.size() - rest.size() + 1;
      setLast('=');
      operators = 0;
      return;
    }
    setLast(alias.back());
    grow(alias.size());
    auto known = aliases.find(alias);
    if (known == aliases.end()) return;
    Alias use = known->second;
    written += use.size;
    if (written > kMostAliasText)
      return fail(begin, "expected uses of aliases that write out to at most " + Twine(kMostAliasText) + " bytes");
    if (open == &known->second) return;
    deepen(depth + use.depth);
    grow(use.size);
  }

  static bool isNameCharacter(char c) { return llvm::isAlnum(c) || StringRef("_$.").contains(c); }

  /// Whether the definition that is open cannot go on behind this end of a line: neither a type nor a result follows.
  bool endsDefinition() const {
    StringRef rest = skipBlanks(text.substr(at));
    return open && !StringRef("=:").contains(last) && !afterArrow && !rest.starts_with(":") && !rest.starts_with("->");
  }

  /// The text behind blanks and comments.
  static StringRef skipBlanks(StringRef rest) {
    for (rest = rest.ltrim(); rest.starts_with("//"); rest = rest.ltrim())
      rest = rest.substr(std::min(rest.find('\n'), rest.size()));
    return rest;
  }

  /// Notes the last character of a piece of text that is no blank.
  void setLast(char c) {
    afterArrow = c == '>' && last == '-';
    last = c;
  }

  void deepen(int64_t to) {
    if (open) open->depth = std::max(open->depth, to);
    if (to > kDeepest) fail(at, "expected brackets nested at most " + Twine(kDeepest) + " deep");
  }

  void countOperator() {
    if (++operators > kMostOperators) fail(at, "expected at most " + Twine(kMostOperators) + " operators in a row");
  }

  void grow(int64_t bytes) {
    if (open) open->size += bytes;
  }

  void fail(size_t place, const Twine& expected) {
    StringRef before = text.take_front(place);
    size_t line = before.count('\n') + 1, column = place - (before.rfind('\n') + 1) + 1;
    error =
        InvalidArgument((name + ":" + Twine(line) + ":" + Twine(column) + ": error: " + expected + ", got more").str());
  }

  StringRef text, name;
  size_t at = 0;
  int64_t depth = 0, operators = 0, written = 0;
  char last = 0;  ///< the last character that is no blank
  bool afterArrow = false;
  llvm::StringMap<Alias> aliases;
  Alias* open = nullptr;  ///< the alias whose definition is being read
  Status error;
};

}  // namespace

Status checkText(StringRef text, StringRef name) {
  if (text.size() > size_t(kLargestText))
    return InvalidArgument(
        (name + ":1:1: error: expected at most " + Twine(kLargestText) + " bytes of MLIR, got " + Twine(text.size()))
            .str());
  return Scanner(text, name).run();
}

}  // namespace raggedc
