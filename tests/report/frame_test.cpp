#include "report/frame.hpp"

#include <catch2/catch.hpp>

#include "places.hpp"
#include "report/glyphs.hpp"

using namespace treefall;
using report::frame;
using spec::Severity;
using tests::at;

namespace {

const report::Paint plain{};

const spec::Source shop("shop.yaml",
                        "treefall: 1\n"
                        "tree:\n"
                        "  supervisor: Shop.Supervisor\n"
                        "  max_restarts: 3\n"
                        "  children:\n"
                        "    - worker: Shop.Repo\n"
                        "    - worker: Shop.Price\n"
                        "      crashes: {rate: 12/min}\n");

}  // namespace

TEST_CASE("a frame has heading, place, lines with labels, notes, help and what explains it") {
  const spec::Diagnostic finding{"cascade-probability",
                                 Severity::error,
                                 "`Shop.Supervisor` will give up",
                                 at(shop, "{rate: 12/min}"),
                                 "`Shop.Price` restarts every 5 s",
                                 {{at(shop, "max_restarts: 3"), "the budget that both children share"}},
                                 {"predicted: mean time to failure 1 min 27 s (exact)"},
                                 "give `Shop.Price` a supervisor of its own"};
  CHECK(frame(shop, finding, plain, "treefall explain cascade-probability") ==
        "error[cascade-probability]: `Shop.Supervisor` will give up\n"
        " --> shop.yaml:8:16\n"
        "  |\n"
        "4 |   max_restarts: 3\n"
        "  |   --------------- the budget that both children share\n"
        "  :\n"
        "8 |       crashes: {rate: 12/min}\n"
        "  |                ^^^^^^^^^^^^^^ `Shop.Price` restarts every 5 s\n"
        "  |\n"
        "  = predicted: mean time to failure 1 min 27 s (exact)\n"
        "  = help: give `Shop.Price` a supervisor of its own\n"
        "  = explain: treefall explain cascade-probability\n");
}

TEST_CASE("a gap of one line is shown, a larger one is a colon") {
  const spec::Diagnostic near{"r", Severity::warning, "m", at(shop, "tree:"), "", {{at(shop, "max_restarts"), "x"}}, {},
                              ""};
  CHECK(frame(shop, near, plain) ==
        "warning[r]: m\n"
        " --> shop.yaml:2:1\n"
        "  |\n"
        "2 | tree:\n"
        "  | ^^^^^\n"
        "3 |   supervisor: Shop.Supervisor\n"
        "4 |   max_restarts: 3\n"
        "  |   ------------ x\n");
}

TEST_CASE("line numbers of different width are aligned") {
  const spec::Source source("n.yaml", "a\n\n\n\n\n\n\n\n\nb\n");
  const spec::Diagnostic finding{"r", Severity::info, "m", at(source, "b"), "", {{at(source, "a"), "one"}}, {"n"}, ""};
  CHECK(frame(source, finding, plain) ==
        "info[r]: m\n"
        "  --> n.yaml:10:1\n"
        "   |\n"
        " 1 | a\n"
        "   | - one\n"
        "   :\n"
        "10 | b\n"
        "   | ^\n"
        "   |\n"
        "   = n\n");
}

TEST_CASE("several labels on a line hang from right to left") {
  const spec::Source source("l.yaml", "one two three\n");
  const spec::Diagnostic finding{"r",          Severity::error,
                                 "m",          at(source, "two"),
                                 "the second", {{at(source, "one"), "the first"}, {at(source, "three"), "the third"}},
                                 {},           ""};
  CHECK(frame(source, finding, plain) ==
        "error[r]: m\n"
        " --> l.yaml:1:5\n"
        "  |\n"
        "1 | one two three\n"
        "  | --- ^^^ ----- the third\n"
        "  | |   |\n"
        "  | |   the second\n"
        "  | the first\n");
}

TEST_CASE("marks that lie inside each other keep their labels apart") {
  const spec::Source source("l.yaml", "{rate: 12/min}\n");
  const spec::Diagnostic finding{
      "r", Severity::error, "m", at(source, "{rate: 12/min}"), "all", {{at(source, "12/min"), "part"}}, {}, ""};
  CHECK(frame(source, finding, plain) ==
        "error[r]: m\n"
        " --> l.yaml:1:1\n"
        "  |\n"
        "1 | {rate: 12/min}\n"
        "  | ^^^^^^^^^^^^^^\n"
        "  | |      |\n"
        "  | |      part\n"
        "  | all\n");
}

TEST_CASE("two labels on the same place are both told") {
  const spec::Source source("l.yaml", "abc\n");
  const spec::Diagnostic finding{"r", Severity::error, "m", at(source, "abc"), "one", {{at(source, "abc"), "two"}}, {},
                                 ""};
  CHECK(frame(source, finding, plain) ==
        "error[r]: m\n"
        " --> l.yaml:1:1\n"
        "  |\n"
        "1 | abc\n"
        "  | ^^^\n"
        "  | |\n"
        "  | one\n"
        "  | two\n");
}

TEST_CASE("a span of several lines is marked on its first and says where it ends") {
  const spec::Source source("m.yaml", "a:\n  - b: 1\n    c: 2\nd: 3\n");
  const spec::Span child{at(source, "- b").start, at(source, "c: 2").end};
  const spec::Span with_line_end{at(source, "- b").start, at(source, "d: 3").start};
  const auto drawn = [&](const spec::Span& span, const std::string& label) {
    return frame(source, {"r", Severity::error, "m", span, label, {}, {}, ""}, plain);
  };
  const std::string head = "error[r]: m\n --> m.yaml:2:3\n  |\n2 |   - b: 1\n  |   ^^^^^^ ";
  CHECK(drawn(child, "this child") == head + "this child (to line 3)\n");
  CHECK(drawn(with_line_end, "") == head + "… to line 3\n");
}

TEST_CASE("tabs take four columns, wide characters two, combining ones none") {
  const spec::Source source("w.yaml", "\tname: \"\xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81\" # x\n");
  const spec::Diagnostic finding{"r",      Severity::error,          "m", at(source, "\xe5\xad\x97"),
                                 "second", {{at(source, "x"), "x"}}, {},  ""};
  CHECK(frame(source, finding, plain) ==
        "error[r]: m\n"
        " --> w.yaml:1:10\n"
        "  |\n"
        "1 |     name: \"\xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81\" # x\n"
        "  |              ^^      - x\n"
        "  |              |\n"
        "  |              second\n");
}

TEST_CASE("nothing from outside reaches the terminal as control") {
  const spec::Source source("evil\x1b[2J.yaml", "name: \"\x1b[31m\xe2\x80\xae\xff\"\n");
  const spec::Diagnostic finding{"r",
                                 Severity::error,
                                 "unknown key `\x1b]0;x\x07`",
                                 at(source, "\xff"),
                                 "\x1b[0m",
                                 {{at(source, "name"), "a\nb"}},
                                 {"note \x7f"},
                                 "help \xc2\x9b"};
  const std::string text = frame(source, finding, plain);
  CHECK(text ==
        "error[r]: unknown key `\\u{1b}]0;x\\u{7}`\n"
        " --> evil\\u{1b}[2J.yaml:1:14\n"
        "  |\n"
        "1 | name: \"\\u{1b}[31m\\u{202e}\\xff\"\n"
        "  | ----                     ^^^^ \\u{1b}[0m\n"
        "  | |\n"
        "  | a\\u{a}b\n"
        "  |\n"
        "  = note \\u{7f}\n"
        "  = help: help \\u{9b}\n");
}

TEST_CASE("a note of several lines is aligned") {
  const spec::Diagnostic finding{"r", Severity::error, "m", at(shop, "tree:"), "", {}, {"one\ntwo"}, "three\nfour"};
  const std::string text = frame(shop, finding, plain);
  CHECK(text.ends_with("  = one\n    two\n  = help: three\n          four\n"));
}

TEST_CASE("places at the end, behind the end and in nothing are drawn") {
  const spec::Source ends("e.yaml", "a: 1");
  const spec::Source nothing("n.yaml", "");
  const spec::Position behind{99, 7, 4711};
  const auto end = ends.position(4);
  CHECK(frame(ends, {"r", Severity::error, "m", {end, end}, "here", {}, {}, ""}, plain) ==
        "error[r]: m\n --> e.yaml:1:5\n  |\n1 | a: 1\n  |     ^ here\n");
  CHECK(frame(ends, {"r", Severity::error, "m", {behind, behind}, "here", {}, {}, ""}, plain) ==
        "error[r]: m\n --> e.yaml:99:7\n  |\n1 | a: 1\n  |     ^ here\n");
  CHECK(frame(nothing, {"r", Severity::error, "m", {}, "here", {}, {}, ""}, plain) ==
        "error[r]: m\n --> n.yaml:1:1\n  |\n1 |\n  | ^ here\n");
}

TEST_CASE("a byte order mark takes no room") {
  const spec::Source source("b.yaml",
                            "\xef\xbb\xbf"
                            "a: 1\n");
  CHECK(
      frame(source, {"r", Severity::error, "m", at(source, "1"), "", {}, {}, ""}, plain).find("1 | a: 1\n  |    ^\n") !=
      std::string::npos);
}

TEST_CASE("of a very long line the part around the mark is shown") {
  const spec::Source source("l.yaml", std::string(3000, 'a') + " bad " + std::string(3000, 'b') + "\n");
  const std::string text = frame(source, {"r", Severity::error, "m", at(source, "bad"), "here", {}, {}, ""}, plain);
  CHECK(text.size() < 500);
  CHECK(text.find("1 | … aaaa") != std::string::npos);
  CHECK(text.find(" bad b") != std::string::npos);
  CHECK(text.find(std::string(42, ' ') + "^^^ here\n") != std::string::npos);
}

TEST_CASE("a file of one huge line costs a frame no more than what it shows") {
  const spec::Source source("l.yaml", std::string(1'000'000, 'a') + " \xe6\xbc\xa2 bad " + std::string(1'000'000, 'b'));
  for (int i = 0; i < 1000; ++i) {
    const std::string text =
        frame(source, {"r", Severity::error, "m", at(source, "bad", 999'990), "", {}, {}, ""}, plain);
    REQUIRE(text.size() < 500);
    REQUIRE(text.find("\xe6\xbc\xa2 bad b") != std::string::npos);
  }
}

TEST_CASE("colours only add escapes") {
  const spec::Diagnostic finding{"r", Severity::error, "m", at(shop, "tree:"), "x", {{at(shop, "3"), "y"}}, {"n"}, "h"};
  std::string coloured = frame(shop, finding, report::Paint{true});
  CHECK(coloured.find("\x1b[1;31merror[r]\x1b[0m") == 0);
  for (std::size_t from; (from = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(from, coloured.find('m', from) + 1 - from);
  }
  CHECK(coloured == frame(shop, finding, plain));
}

TEST_CASE("widths are those of Unicode") {
  CHECK(report::cells("abc") == 3);
  CHECK(report::cells("\xef\xbc\xa1") == 2);                  // fullwidth A
  CHECK(report::cells("\xea\xb0\x80") == 2);                  // hangul syllable
  CHECK(report::cells("\xf0\x9f\x98\x80") == 2);              // emoji
  CHECK(report::cells("\xc3\xa9") == 1);                      // e acute
  CHECK(report::cells("e\xcc\x81") == 1);                     // e and combining acute
  CHECK(report::shown("\xe2\x80\x8b") == "\\u{200b}");        // zero width space
  CHECK(report::shown("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate is no UTF-8
  CHECK(report::shown("\xc0\xaf") == "\\xc0\\xaf");           // overlong
  CHECK(report::shown("\xf0\x9f") == "\\xf0\\x9f");           // cut off
}
