// No text of up to a megabyte crashes the reader, takes it 2 s or 300 MiB.
#include <fmt/format.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <functional>
#include <string>

#include "spec/read.hpp"

using namespace treefall::spec;

namespace {

constexpr std::size_t megabyte = 1 << 20;

/// `start`, then `part(i)` until the text is a megabyte long, then `end`.
std::string filled(std::string start, const std::function<std::string(std::size_t)>& part,
                   const std::string& end = "") {
  for (std::size_t i = 0;; ++i) {
    const std::string next = part(i);
    if (start.size() + next.size() + end.size() > megabyte) return start + end;
    start += next;
  }
}

std::string repeated(std::string start, const std::string& part, const std::string& end = "") {
  return filled(
      std::move(start), [&](std::size_t) { return part; }, end);
}

/// Sanitizers and debug builds are several times slower and larger; the bounds are those of a release build.
bool is_release() {
#ifdef NDEBUG
  return true;
#else
  return false;
#endif
}

void survives(const std::string& what, const std::string& text, bool good = false) {
  INFO(what);
  const Source source("hostile.yaml", text);
  const std::clock_t start = std::clock();  // of the processor: the machine may be busy with other things
  const Reading reading = read(source);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (is_release()) CHECK(seconds < 2.0);
  CHECK(reading.design.has_value() == good);
  CHECK(reading.diagnostics.empty() == good);
  for (const Diagnostic& d : reading.diagnostics) {
    CHECK(d.span.start.byte <= d.span.end.byte);
    CHECK(d.span.end.byte <= text.size());
    CHECK(d.span.start == source.position(d.span.start.byte));
    CHECK(d.message.size() < 1000);
  }
}

}  // namespace

TEST_CASE("hostile texts are told off quickly") {
  const std::string head = "treefall: 1\ntree:\n  supervisor: S\n  children:\n";
  survives("100000 open brackets", std::string(100'000, '['));
  survives("a megabyte of open brackets", std::string(megabyte, '['));
  survives("a megabyte of open braces", repeated("treefall: 1\ntree: ", "{a: "));
  survives("a megabyte of dashes", repeated("", "- "));
  survives("one long line of values", repeated("treefall: 1\ntree: {supervisor: S, children: [", "[], ", "]}"));
  survives("equal keys", repeated("treefall: 1\n", "kkk: 1\n"));
  survives("different keys", filled("treefall: 1\n", [](std::size_t i) { return fmt::format("k{}: 1\n", i); }));
  survives("equal children", repeated(head, "    - {worker: W, links: [W]}\n"));
  survives("unknown names",
           filled(head, [](std::size_t i) { return fmt::format("    - {{worker: W{}, links: [X{}]}}\n", i, i); }));
  survives("unknown faults", filled("treefall: 1\nfaults:\n",
                                    [](std::size_t i) { return fmt::format("  f{}: {{at: 1s, lasts: 1s}}\n", i); }));
  survives("broken lines", repeated("treefall: 1\n", "a: b: c\n"));
  survives("open quotes", repeated("treefall: 1\n", "a: \"b\n"));
  survives("tabs", repeated("treefall: 1\n", "\ta: b\n"));
  survives("a long number", "treefall: 1\nhorizon: " + std::string(megabyte, '9') + "s\ntree: {supervisor: S}\n");
  survives("NUL bytes", std::string(megabyte, '\0'));
  survives("bytes 0xFF", std::string(megabyte, '\xFF'));
  survives("random-looking bytes",
           filled("", [](std::size_t i) { return std::string(1, static_cast<char>(i * i * 2654435761U >> 13U)); }));
  survives("comments", repeated("", "#\n"));
  survives("anchors", filled("treefall: 1\n", [](std::size_t i) { return fmt::format("a{}: &a{} 1\n", i, i); }));
  survives("merge keys", repeated("treefall: 1\ntree: &t {supervisor: S, why: x, source: y}\n", "<<: *t\n"));
}

TEST_CASE("a large good spec reads in time") {
  const std::string head = "treefall: 1\ntree:\n  supervisor: S\n  children:\n";
  survives("workers", filled(head, [](std::size_t i) { return fmt::format("    - worker: W{}\n", i); }), true);
}

TEST_CASE("reading hostile texts stays below 300 MiB") {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  // The peak of this process, the tests before this one included.
  if (is_release()) CHECK(usage.ru_maxrss < 300 * 1024);
}

TEST_CASE("every cut of a good spec is survived") {
  const std::string text =
      "treefall: 1\nfaults: {f: {at: 1s, lasts: exp(2s)}}\ntree:\n  supervisor: S\n  children:\n    - &a {worker: "
      "\"A\", "
      "handles: {any: 'exp(5ms)'}}\n    - <<: *a\n      worker: B\n      why: |\n        text\n      links: [A, S/A]\n";
  REQUIRE(read(Source("whole", text)).design);
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    read(Source("head", text.substr(0, cut)));
    read(Source("tail", text.substr(cut)));
    std::string hole = text;
    hole.erase(cut, 1);
    read(Source("hole", hole));
    for (const char c : {'\0', '\t', '"', '[', '{', ':', '#', '*', '&', '\xE9', '\r'}) {
      std::string changed = text;
      changed[cut] = c;
      read(Source("changed", changed));
    }
  }
}
