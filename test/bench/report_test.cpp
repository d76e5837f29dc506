//===- report_test.cpp - what raggedc bench writes -------------------------===//

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/raggedc/bench/Report.h"

namespace raggedc {
namespace {

using Json = nlohmann::json;

BenchReport makeReport() {
  BenchReport report;
  report.device = "A <GPU> & \"more\"";
  report.arch = "sm_90a";
  report.driver = "13.0";
  report.repeat = 5;
  DispatchResult dispatch;
  dispatch.spec = "bf16,heads=12,dim=64,max_seqlen=197";
  dispatch.arguments = 5;
  dispatch.rows = {{"bare", 2000, 2500, 100, std::nullopt, 0, 0},
                   {"quick", 2100, 3000, 100, 0, 1.10, 1.3},
                   {"slow", 2300, 2600, 100, 0, 1.10, 1.3},
                   {"late", 2100, 3500, 100, 0, 1.10, 1.3},
                   {"unasked", 9000, 9000, 100, 0, 0, 0}};
  report.dispatch = dispatch;
  report.lookup = {{"one spec", 1, 9.5, 12, 40}, {"one spec", 8, 41, 50, 40}};
  report.start = StartResult{"spec",
                             {{"nothing cached: to the first result", {300, 200, 260}, 250},
                              {"  of it, to a launchable kernel", {2, 1}, 0},
                              {"kernel on disk: to a launchable kernel", {0.5}, 1}}};
  GpuRow row;
  row.spec = "bf16,heads=12,dim=64,max_seqlen=197,packed";
  row.sequences = 64;
  row.capacity = 197;
  row.tokens = 6304;
  row.keep = 0.5;
  row.warm = 20;
  row.cold = 25;
  row.flops = 4e9;
  row.bytes = 40e6;
  row.memoryFloor = 9;
  row.tensorFloor = 10;
  row.exp2Floor = 4;
  report.gpu = GpuResult{7, {row}};
  return report;
}

/// The line of `text` that begins with `begin`, without leading blanks.
std::string lineOf(const std::string& text, const std::string& begin) {
  size_t at = text.find("\n" + begin);
  return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

TEST(BenchReport, Percentiles) {
  std::vector<double> samples;
  for (int i = 100; i > 0; --i) samples.push_back(i);
  EXPECT_EQ(percentile(samples, 0.50), 51);
  EXPECT_EQ(percentile(samples, 0.99), 100);
  samples = {3};
  EXPECT_EQ(percentile(samples, 0.50), 3);
  EXPECT_EQ(percentile(samples, 0.99), 3);
  EXPECT_EQ((StartRow{"", {4, 1, 2, 9}, 0}.median()), 3);
  EXPECT_EQ((StartRow{"", {4, 1, 9}, 0}.median()), 4);
  EXPECT_EQ((StartRow{"", {4, 1, 9}, 0}.minimum()), 1);
}

TEST(BenchReport, Table) {
  std::string text = toText(makeReport());
  EXPECT_TRUE(text.starts_with("A <GPU> & \"more\" (sm_90a), driver for CUDA 13.0\n")) << text;
  EXPECT_EQ(lineOf(text, "bare "), "bare                                      2000      2500");
  EXPECT_EQ(lineOf(text, "quick "),
            "quick                                     2100      3000  1.050x  1.200x  pass (1.1x)     pass (1.3x)");
  EXPECT_NE(lineOf(text, "slow ").find("1.150x  1.040x  MISS (1.1x)     pass (1.3x)"), std::string::npos) << text;
  EXPECT_NE(lineOf(text, "late ").find("1.050x  1.400x  pass (1.1x)     MISS (1.3x)"), std::string::npos) << text;
  EXPECT_TRUE(lineOf(text, "unasked ").ends_with("4.500x  3.600x")) << text;
  EXPECT_TRUE(lineOf(text, "nothing cached").ends_with("200.000   260.000         3  MISS (250 ms)")) << text;
  EXPECT_TRUE(lineOf(text, "  of it").ends_with("1.000     1.500         2")) << text;
  EXPECT_TRUE(lineOf(text, "kernel on disk").ends_with("pass (1 ms)")) << text;
  EXPECT_EQ(lineOf(text, "       64"),
            "       64      197   0.50      6304     20.00     25.00     200.0      2000    10.00      50 %");
  EXPECT_EQ(text.find(" \n"), std::string::npos) << "a line ends with a blank:\n" << text;
}

TEST(BenchReport, TableOfOnePart) {
  BenchReport report = makeReport();
  report.dispatch.reset();
  report.start.reset();
  report.gpu.reset();
  EXPECT_EQ(toText(report),
            "A <GPU> & \"more\" (sm_90a), driver for CUDA 13.0\n\n"
            "finding a kernel in memory, ns\n"
            "                                     threads       p50       p99\n"
            "one spec                                   1       9.5      12.0  pass (40 ns)\n"
            "one spec                                   8      41.0      50.0  MISS (40 ns)\n");
}

TEST(BenchReport, JsonHoldsIt) {
  Json json = Json::parse(toJson(makeReport()));
  EXPECT_EQ(json["device"], "A <GPU> & \"more\"");
  EXPECT_EQ(json["repeat"], 5);
  const Json& ways = json["dispatch"]["ways"];
  ASSERT_EQ(ways.size(), 5u);
  EXPECT_FALSE(ways[0].contains("p50_ratio"));
  EXPECT_FALSE(ways[0].contains("pass"));
  EXPECT_EQ(ways[1]["floor"], "bare");
  EXPECT_DOUBLE_EQ(ways[1]["p50_ratio"].get<double>(), 1.05);
  EXPECT_EQ(ways[1]["pass"], true);
  EXPECT_EQ(ways[2]["pass"], false);
  EXPECT_EQ(ways[3]["pass"], false);
  EXPECT_FALSE(ways[4].contains("pass"));
  EXPECT_EQ(json["lookup"][0]["pass"], true);
  EXPECT_EQ(json["lookup"][1]["pass"], false);
  EXPECT_EQ(json["start"]["ways"][0]["samples_ms"], Json({300, 200, 260}));
  EXPECT_EQ(json["start"]["ways"][0]["pass"], false);
  EXPECT_EQ(json["start"]["ways"][2]["pass"], true);
  const Json& cell = json["gpu"]["cells"][0];
  EXPECT_EQ(json["gpu"]["seed"], 7);
  EXPECT_DOUBLE_EQ(cell["tflops_per_s"].get<double>(), 200);
  EXPECT_DOUBLE_EQ(cell["gb_per_s"].get<double>(), 2000);
  EXPECT_DOUBLE_EQ(cell["floor_fraction"].get<double>(), 0.5);
  EXPECT_EQ(cell["floors_us"]["tensor_cores"], 10);
  BenchReport one = makeReport();
  one.gpu.reset();
  EXPECT_FALSE(Json::parse(toJson(one)).contains("gpu"));
}

TEST(BenchReport, JsonOfBadText) {
  BenchReport report = makeReport();
  report.device = "\xff\xfe";
  EXPECT_TRUE(Json::accept(toJson(report)));
}

TEST(BenchReport, Picture) {
  std::string svg = toSvg(makeReport());
  EXPECT_TRUE(svg.starts_with("<svg ")) << svg;
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("A &lt;GPU&gt; &amp;"), std::string::npos);
  EXPECT_EQ(svg.find("A <GPU>"), std::string::npos);
  EXPECT_NE(svg.find(">2300 ns<"), std::string::npos);
  EXPECT_NE(svg.find(">64 x 197, 50 % kept<"), std::string::npos);
  EXPECT_EQ(svg.find("of it"), std::string::npos);
  // Too slow or too late are red: two launches, a lookup and a start.
  auto count = [&](const std::string& word) {
    size_t found = 0;
    for (size_t at = svg.find(word); at != std::string::npos; at = svg.find(word, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("#d1495b"), 4u);
  EXPECT_EQ(count("#111111"), 1u);  // a floor
  EXPECT_EQ(count("<rect"), 1 + 5 + 2 + 2 + 1 + 1u);
  // The slowest launch takes all the room there is, a bare one its part of it.
  EXPECT_NE(svg.find("width=\"430\" height=\"14.0\" fill=\"#2f6690\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("width=\"95.6\" height=\"14.0\" fill=\"#9aa5b1\""), std::string::npos) << svg;
}

}  // namespace
}  // namespace raggedc
