// A slip of the finger is one mistake: each of those below, made alone in a good file, is told once, where it is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>

#include "spec/read.hpp"

using namespace treefall::spec;

namespace {

const std::string good = R"(treefall: 1
name: shop
horizon: 1h

faults:
  network: {every: exp(30d), lasts: exp(20s)}

traffic:
  web: {to: Cart, rate: 20/s}

tree:
  supervisor: Shop
  strategy: one_for_all
  max_restarts: 3
  max_seconds: 5
  children:
    - worker: Cart
      handles:
        any: {takes: exp(6ms), calls: [{to: Stock}]}
      crashes: {rate: 2/h}
    - worker: Stock
      restart: transient
      links: [Cart]
    - supervisor: Mail
      children:
        - worker: Sender
          why: "sends: mail"
          crashes: {rate: 1/min, during: network}
        - worker: Queue
          shutdown: 5s
)";

struct Slip {
  const char* right;
  const char* wrong;
  std::uint32_t line;
};

const auto slips = std::to_array<Slip>(
    {{"  strategy: one_for_all", "  strategy one_for_all", 13},
     {"  strategy: one_for_all", "  strategy:one_for_all", 13},
     {"treefall: 1", "treefall:1", 1},
     {"          shutdown: 5s", "          shutdown:5s", 30},
     {"    - worker: Stock", "    - worker:Stock", 21},
     {"    - worker: Stock", "    -worker: Stock", 21},
     {"    - worker: Stock", "      worker: Stock", 21},
     {"      restart: transient", "    - restart: transient", 22},
     {"      restart: transient", "\t  restart: transient", 22},
     {"      restart: transient", "\trestart: transient", 22},
     {"      restart: transient", "       restart: transient", 22},
     {"      restart: transient", "     restart: transient", 22},
     {"horizon: 1h", " horizon: 1h", 3},
     {"  max_restarts: 3", "   max_restarts: 3", 14},
     {"  max_restarts: 3", " max_restarts: 3", 14},
     {"    - worker: Stock", "   - worker: Stock", 21},
     {"    - worker: Stock", "     - worker: Stock", 21},
     {"    - worker: Stock", "      - worker: Stock", 21},
     {"  children:\n    - worker: Cart", "children:\n    - worker: Cart", 16},
     {"  children:\n    - worker: Cart", "  children\n    - worker: Cart", 16},
     {"  children:\n    - worker: Cart", "  childern:\n    - worker: Cart", 16},
     {"{to: Stock}]}", "{to: Stock}]", 19},
     {"{to: Stock}]}", "{to: Stock}}", 19},
     {"{to: Stock}]}", "{to: Stock}]}}", 19},
     {"      links: [Cart]", "      links: [Cart", 23},
     {"      links: [Cart]", "      links: Cart]", 23},
     {"      links: [Cart]", "      links: [Cart}", 23},
     {"  network: {every: exp(30d), lasts: exp(20s)}", "  network: {every: exp(30d) lasts: exp(20s)}", 6},
     {"\"sends: mail\"", "\"sends: mail", 27},
     {"\"sends: mail\"", "sends: mail", 27},
     {"crashes: {rate: 2/h}", "crashes: {rate:2/h}", 20},
     {"crashes: {rate: 2/h}", "crashes: {rate=2/h}", 20},
     {"  max_restarts: 3", "  max_restarts = 3", 14},
     {"  max_restarts: 3", "  max_restarts => 3", 14},
     {"  max_restarts: 3", "  max_restarts; 3", 14},
     {"  max_restarts: 3", "  max_restarts: 3,", 14},
     {"one_for_all", ":one_for_all", 13},
     {"one_for_all", "one_for_al", 13},
     {"max_seconds", "max_secs", 15},
     {"{to: Stock}", "{to: Stok}", 19},
     {"links: [Cart]", "links: [Crat]", 23},
     {"during: network", "during: netwrk", 28},
     {"{to: Cart,", "{to: Kart,", 9},
     {"- worker: Stock", "- wroker: Stock", 21},
     {"- worker: Stock", "- name: Stock", 21},
     {"- supervisor: Mail", "- supervsor: Mail", 24},
     {"horizon: 1h", "horizon: 60", 3},
     {"horizon: 1h", "horizon: 1hour", 3},
     {"2/h}", "2 per hour}", 20},
     {"max_seconds: 5", "max_seconds: 1e999", 15},
     {"max_restarts: 3", "max_restarts: 1e999", 14},
     {"horizon: 1h", "horizon: 1e999s", 3},
     {"20/s", "1e999/s", 9},
     {"exp(6ms)", "exp(1e999s)", 19},
     {"max_restarts: 3", "max_restarts: -1", 14},
     {"      restart: transient", "      restart:", 22},
     {"every: exp(30d)", "evry: exp(30d)", 6},
     {"\"sends: mail\"", "\"sends\\mail\"", 27},
     {"\"sends: mail\"", "%mail", 27},
     {"tree:\n", "tre:\n", 11},
     {"horizon: 1h", "horizon: 1h#one hour", 3},
     {"exp(6ms)", "lognormal(6ms, 9ms)", 19},
     {"      restart: transient", "      restarts: 5", 22},
     {"links: [Cart]", "link: [Cart]", 23},
     {"crashes: {rate: 2/h}", "crash: {rate: 2/h}", 20},
     {"- worker: Stock", "- id: Stock", 21},
     {"- supervisor: Mail", "- supervisorMail", 24},
     {"  children:\n    - worker: Cart", "  childs:\n    - worker: Cart", 16},
     {"  network:", "  network", 6},
     {"traffic:\n", "traffic\n", 8},
     {"  supervisor: Shop", "  superviser: Shop", 12}});

std::string with(const Slip& slip) {
  std::string text = good;
  const std::size_t at = text.find(slip.right);
  REQUIRE(at != std::string::npos);
  return text.replace(at, std::string(slip.right).size(), slip.wrong);
}

std::string listed(const Reading& reading) {
  std::string text;
  for (const Diagnostic& d : reading.diagnostics)
    text += fmt::format("{}:{} [{}] {}\n", d.span.start.line, d.span.start.column, d.rule, d.message);
  return text;
}

std::multiset<std::uint32_t> lines(const Reading& reading) {
  std::multiset<std::uint32_t> result;
  for (const Diagnostic& d : reading.diagnostics) result.insert(d.span.start.line);
  return result;
}

std::size_t start_of_line(const std::string& text, std::uint32_t line) {
  std::size_t at = 0;
  for (; line > 1; --line) at = text.find('\n', at) + 1;
  return at;
}

}  // namespace

TEST_CASE("a slip is one mistake, told where it is") {
  REQUIRE(listed(read(Source("good.yaml", good))).empty());
  for (const Slip& slip : slips) {
    const Reading reading = read(Source("slip.yaml", with(slip)));
    INFO(slip.wrong << "\n" << listed(reading));
    CHECK(lines(reading) == std::multiset<std::uint32_t>{slip.line});
  }
}

TEST_CASE("a slip hides no other mistake that stands apart from it") {
  for (const Slip& slip : slips) {
    for (const std::uint32_t line : {5U, 12U, 24U, 31U}) {
      if (line + 1 >= slip.line && line <= slip.line + 1) continue;
      std::string text = with(slip);
      const std::string other = line == 5 || line == 31 ? "otp: twelve\n"
                                : line == 12            ? "  kind: dynamical\n"
                                                        : "      state: gone\n";
      text.insert(start_of_line(text, line), other);
      const Reading reading = read(Source("slip.yaml", text));
      INFO(slip.wrong << "\nand in line " << line << ": " << other << listed(reading));
      CHECK(lines(reading) == std::multiset<std::uint32_t>{line, slip.line < line ? slip.line : slip.line + 1});
    }
  }
}

TEST_CASE("a damaged spec is read or told off, whatever the damage") {
  constexpr std::uint32_t seed = 20;
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      const std::size_t line = text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
      switch (below(5)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(line, text.find('\n', line) - line);
          break;
        case 2:
          text.insert(line, std::string(1 + below(4), ' '));
          break;
        case 3:
          text.erase(at, 1 + below(3));
          break;
        default:
          text.insert(at, 1, std::string_view("{}[]:,#&*!|>'\"%@`-\t\r")[below(20)]);
      }
    }
    INFO("seed " << seed << ", text " << i << ":\n" << text);
    const Reading reading = read(Source("damaged.yaml", text));
    const bool wrong = std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(),
                                   [](const Diagnostic& d) { return d.severity == Severity::error; });
    REQUIRE(reading.design.has_value() != wrong);
  }
}
