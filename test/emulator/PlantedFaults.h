//===- PlantedFaults.h - edits that break kernels ---------------*- C++ -*-===//

#ifndef RAGGEDC_TEST_EMULATOR_PLANTEDFAULTS_H
#define RAGGEDC_TEST_EMULATOR_PLANTEDFAULTS_H

#include <ostream>
#include <string>
#include <vector>

#include "runtime/emulator/fault.h"

namespace raggedc {

/// What a planted fault must lead to.
struct Expected {
  emulator::FaultKind kind = emulator::FaultKind::kMisuse;
  std::string at;                 ///< a part of the line that is reported; "": it has no line
  std::vector<std::string> says;  ///< parts of the message
  std::string other;              ///< a part of the line of the second access; "": there is none
  int block = -1, thread = -1;    ///< -1: any
};

struct Planted {
  std::string name;
  std::string kernel;
  std::string from, to;  ///< `from` stands in the source once
  Expected expected;
  bool isWrongResult = false;  ///< nothing to report, but the reference differs
  double timeout = 60;
  std::string alsoFrom = {}, alsoTo = {};  ///< a second edit, unless `alsoFrom` is ""
};

inline void PrintTo(const Planted& planted, std::ostream* stream) {
  *stream << planted.name;
}

/// Those of every family but ring, and of what is written by hand.
std::vector<Planted> getFamilyFaults();
std::vector<Planted> getRingFaults();    // RingFaults.cpp
std::vector<Planted> getStayFaults();    // StayFaults.cpp
std::vector<Planted> getLaggedFaults();  // LaggedFaults.cpp
std::vector<Planted> getPlainFaults();   // PlainFaults.cpp
std::vector<Planted> getShortFaults();   // ShortFaults.cpp

inline std::vector<Planted> getPlantedFaults() {
  std::vector<Planted> all = getFamilyFaults();
  for (const std::vector<Planted>& more :
       {getRingFaults(), getStayFaults(), getLaggedFaults(), getPlainFaults(), getShortFaults()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace raggedc

#endif  // RAGGEDC_TEST_EMULATOR_PLANTEDFAULTS_H
