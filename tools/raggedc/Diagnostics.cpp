//===- Diagnostics.cpp - what MLIR reports, as one line --------------------===//

#include "tools/raggedc/Diagnostics.h"

#include <algorithm>
#include <cstdio>

#include "llvm/ADT/StringExtras.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "runtime/strings.h"

namespace raggedc {

using namespace mlir;

namespace {

constexpr size_t kLongestLine = 4096;

std::string formatLocation(Location location) {
  if (auto place = location->findInstanceOf<FileLineColLoc>())
    // A module that nobody wrote down is where its file begins.
    return (place.getFilename().getValue() + ":" + Twine(std::max(place.getLine(), 1u)) + ":" +
            Twine(std::max(place.getColumn(), 1u)))
        .str();
  return "";
}

/// `deit.mlir:3:8: error: TEXT`, with what would break the line, or the terminal, replaced.
std::string formatLine(Location location, StringRef severity, std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  std::string where = formatLocation(location);
  return Printable((where.empty() ? "" : where + ": ") + severity.str() + ": " + text, kLongestLine);
}

void writeLine(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace

DiagnosticCollector::DiagnosticCollector(MLIRContext* context)
    : handler(context, [this](Diagnostic& diagnostic) {
        take(diagnostic);
        return success();
      }) {}

void DiagnosticCollector::take(Diagnostic& diagnostic) {
  // What follows the first error is mostly its echo from further up in the parser.
  if (diagnostic.getSeverity() != DiagnosticSeverity::Error || !error.empty()) return;
  error = formatLine(diagnostic.getLocation(), "error", diagnostic.str());
}

Status DiagnosticCollector::status() const {
  return error.empty() ? OkStatus() : InvalidArgument(error);
}

Status DiagnosticCollector::failure(StringRef step) const {
  return error.empty() ? InternalError((step + " failed and did not say why").str()) : InvalidArgument(error);
}

void printLocated(Location location, StringRef severity, const std::string& text) {
  writeLine(formatLine(location, severity, text));
}

bool isLocated(StringRef message) {
  // NAME:LINE:COLUMN: error: ... or NAME:LINE: error: ...
  size_t end = message.find(": error: ");
  if (end == StringRef::npos) return false;
  auto [name, number] = message.take_front(end).rsplit(':');
  return !name.empty() && !number.empty() && llvm::all_of(number, llvm::isDigit);
}

void printError(const Status& status) {
  std::string message = status.message();
  if (StringRef(message).starts_with("error: ")) message = message.substr(7);  // an error of MLIR without a place
  writeLine(isLocated(message) ? message : "raggedc: error: " + message);
}

void printNote(StringRef message) {
  writeLine(("raggedc: note: " + message).str());
}

}  // namespace raggedc
