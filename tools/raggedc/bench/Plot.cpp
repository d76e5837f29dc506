//===- Plot.cpp - measurements as a picture --------------------------------===//
//
// Horizontal bars, one chart under the other. An SVG of this kind is little
// text; anything more would be a library's work.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <cstdio>

#include "runtime/strings.h"
#include "tools/raggedc/bench/Report.h"

namespace raggedc {

namespace {

constexpr double kWidth = 860, kLabel = 300, kBar = 430, kLine = 22, kThick = 14, kGap = 30, kMargin = 16;

/// `value` in `kThick` high bars; `floor` above 0 is a mark across it.
struct Bar {
  std::string label;
  double value = 0, floor = 0;
  bool isFloor = false, isMissed = false;
};

struct Chart {
  std::string title, unit, floorName;
  std::vector<Bar> bars;
};

std::string escape(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '&')
      escaped += "&amp;";
    else
      escaped += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return escaped;
}

std::string number(double value) {
  char text[64];
  std::snprintf(text, sizeof text, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  return text;
}

std::string text(double x, double y, const char* style, const std::string& content) {
  return StrCat("<text x=\"", number(x), "\" y=\"", number(y), "\" ", style, ">", escape(content), "</text>\n");
}

std::string rectangle(double x, double y, double width, double height, const char* color) {
  return StrCat("<rect x=\"", number(x), "\" y=\"", number(y), "\" width=\"", number(width), "\" height=\"",
                number(height), "\" fill=\"", color, "\"/>\n");
}

/// Appends the chart below `y` and moves `y` behind it.
void draw(const Chart& chart, double& y, std::string& svg) {
  y += kGap;
  svg += text(kMargin, y, "font-weight=\"bold\"", chart.title);
  double most = 0;
  for (const Bar& bar : chart.bars) most = std::max({most, bar.value, bar.floor});
  double scale = most > 0 ? kBar / most : 0;
  for (const Bar& bar : chart.bars) {
    y += kLine;
    svg += text(kLabel - 8, y, "text-anchor=\"end\"", bar.label);
    const char* color = bar.isFloor ? "#9aa5b1" : bar.isMissed ? "#d1495b" : "#2f6690";
    svg += rectangle(kLabel, y - kThick + 3, std::max(1.0, bar.value * scale), kThick, color);
    if (bar.floor > 0) svg += rectangle(kLabel + bar.floor * scale - 1, y - kThick, 2, kThick + 6, "#111111");
    svg += text(kLabel + std::max(bar.value, bar.floor) * scale + 6, y, "", StrCat(number(bar.value), " ", chart.unit));
  }
  if (!chart.floorName.empty()) {
    y += kLine;
    svg += text(kLabel, y, "fill=\"#555555\"", chart.floorName);
  }
}

std::vector<Chart> toCharts(const BenchReport& report) {
  std::vector<Chart> charts;
  if (report.dispatch) {
    Chart chart{
        "Host time to enqueue a launch, p50", "ns", "grey: bare calls of the driver; red: above its target", {}};
    for (const DispatchRow& row : report.dispatch->rows)
      chart.bars.push_back(
          {row.what, row.p50, 0, !row.floor,
           row.floor && (ratio50(*report.dispatch, row).isMissed() || ratio99(*report.dispatch, row).isMissed())});
    charts.push_back(std::move(chart));
  }
  if (report.lookup) {
    Chart chart{"Finding a kernel in memory, p50", "ns", "", {}};
    for (const LookupRow& row : *report.lookup)
      chart.bars.push_back({StrCat(row.what, ", ", row.threads, row.threads == 1 ? " thread" : " threads"), row.p50, 0,
                            false, Limited{row.p50, row.limit50}.isMissed()});
    charts.push_back(std::move(chart));
  }
  if (report.start) {
    // What is compiled takes a hundred times as long as what is not.
    Chart slow{"From a spec to a result in a fresh process, median, compiling", "ms", "", {}};
    Chart quick{"The same, the kernel being there", "ms", "", {}};
    for (const StartRow& row : report.start->rows) {
      if (row.what.starts_with(' ') || row.what.starts_with("before")) continue;
      Chart& chart = row.what.starts_with("nothing") ? slow : quick;
      chart.bars.push_back({row.what, row.median(), 0, false, Limited{row.median(), row.limit}.isMissed()});
    }
    charts.push_back(std::move(slow));
    charts.push_back(std::move(quick));
  }
  if (report.gpu) {
    // One chart for each order of magnitude, or the small ones could not be seen.
    for (double from = 0, to = 10; from < 1e9; from = to, to *= 10) {
      Chart chart{
          StrCat("GPU time of a call, L2 warm, ", from == 0 ? "below 10 us" : StrCat("from ", int64_t(from), " us")),
          "us",
          "black: the floor, the longest that memory, tensor cores or exponentials are busy",
          {}};
      for (const GpuRow& row : report.gpu->rows)
        if (row.warm >= from && row.warm < to)
          chart.bars.push_back({StrCat(row.sequences, " x ", row.capacity, ", ", int(row.keep * 100 + 0.5), " % kept"),
                                row.warm, row.floor(), false, false});
      if (!chart.bars.empty()) charts.push_back(std::move(chart));
    }
  }
  return charts;
}

}  // namespace

std::string toSvg(const BenchReport& report) {
  std::string body;
  double y = kMargin + 8;
  body += text(kMargin, y, "font-size=\"16\"", StrCat("raggedc bench: ", report.device, " (", report.arch, ")"));
  for (const Chart& chart : toCharts(report)) draw(chart, y, body);
  double height = y + kMargin;
  return StrCat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", number(kWidth), "\" height=\"", number(height),
                "\" font-family=\"sans-serif\" font-size=\"12\">\n", rectangle(0, 0, kWidth, height, "#ffffff"), body,
                "</svg>\n");
}

}  // namespace raggedc
