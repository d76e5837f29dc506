//===- CHeaderFrame.h - what all C headers have in common -------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_CHEADERFRAME_H
#define RAGGEDC_TOOLS_RAGGEDC_CHEADERFRAME_H

namespace raggedc {

/// C11 and C++11. $NAME and $UPPER stand for the program's name, @WORDS@ for what CHeader.cpp prints there. The first
/// text begins within the comment at the top of the file.
extern const char kCHeaderDeclarations[];
extern const char kCHeaderImplementation[];

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_CHEADERFRAME_H
