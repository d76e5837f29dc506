#include "tools/raggedc/bench/Report.h"
namespace raggedc {
std::string toSvg(const BenchReport&) {
  return "";
}
}  // namespace raggedc
