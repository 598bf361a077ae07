// `differential --designs N --seed S`: plays generated designs on both sides. `differential FILE...`: plays these, and
// prints both traces side by side. Exit code 0: no difference, 1: some, 2: it could not be done.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "beam/play.hpp"
#include "runtime/simulate.hpp"
#include "spec/read.hpp"
#include "tests/differential/differ.hpp"

using namespace treefall;
using namespace treefall::differential;

namespace {

struct Wanted {
  std::size_t designs = 300;
  std::uint64_t seed = 0;
  bool seeded = false;
  bool shrinks = true;
  bool shows = false;
  unsigned at_a_time = 15;
  Palette palette;
  std::chrono::milliseconds until{4500};
  std::vector<std::string> files;
};

Wanted parse_arguments(int count, char** values) {
  Wanted wanted;
  for (int i = 1; i < count; ++i) {
    const std::string word = values[i];
    const auto number = [&] { return ++i < count ? std::strtoull(values[i], nullptr, 10) : 0; };
    if (word == "--designs")
      wanted.designs = number();
    else if (word == "--seed")
      wanted.seed = number(), wanted.seeded = true;
    else if (word == "--at-a-time")
      wanted.at_a_time = static_cast<unsigned>(number());
    else if (word == "--until-ms")
      wanted.until = std::chrono::milliseconds(number());
    else if (word == "--elixir")
      wanted.palette.elixir_supervisors = true;
    else if (word == "--no-shrinking")
      wanted.shrinks = false;
    else if (word == "--show")
      wanted.shows = true;
    else
      wanted.files.push_back(word);
  }
  if (!wanted.seeded) wanted.seed = std::random_device{}();
  return wanted;
}

void tell(const std::string& text) { fmt::print(stderr, "{}\n", text); }

int play_files(const Wanted& wanted) {
  std::vector<spec::Design> designs;
  designs.reserve(wanted.files.size());
  std::vector<const spec::Design*> pointers;
  for (const std::string& file : wanted.files) {
    std::ifstream in(file);
    const spec::Reading reading = spec::read(spec::Source(file, std::string(std::istreambuf_iterator<char>(in), {})));
    for (const spec::Diagnostic& d : reading.diagnostics)
      tell(fmt::format("{}:{}: {}", file, d.span.start.line, d.message));
    if (!reading.design) return 2;
    designs.push_back(*reading.design);
    pointers.push_back(&designs.back());
  }
  beam::Options options;
  options.until = wanted.until;
  const beam::Played played = beam::play(pointers, options);
  if (!played.error.empty()) {
    tell(played.error);
    return 2;
  }
  int differing = 0;
  for (std::size_t i = 0; i < designs.size(); ++i) {
    std::vector<std::string> lines;
    runtime::trace(designs[i], 1, 0, wanted.until, [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
    const std::vector<Event> model = parse(lines);
    const std::vector<Event> real = parse(played.traces[i]);
    const std::int64_t end = std::chrono::nanoseconds(wanted.until).count() - 80'000'000;
    const Difference difference = compare(model, real, {30'000'000, end});
    fmt::print("{}: {}\n", wanted.files[i],
               difference.any ? "differs in " + difference.where + "\n  " + difference.what : "same");
    if (difference.any || wanted.shows) fmt::print("{}\n", side_by_side(model, real));
    differing += difference.any ? 1 : 0;
  }
  return differing > 0 ? 1 : 0;
}

}  // namespace

int main(int count, char** values) {
  const Wanted wanted = parse_arguments(count, values);
  if (!wanted.files.empty()) return play_files(wanted);
  tell(fmt::format("seed {}", wanted.seed));
  const Outcome outcome = differ(wanted.seed, wanted.designs, wanted.palette, wanted.at_a_time, tell);
  if (!outcome.error.empty()) {
    tell(outcome.error);
    return 2;
  }
  std::size_t shown = 0;
  for (const Case& one : outcome.differing) {
    if (++shown > 5) break;
    fmt::print("{}\n", report(wanted.shrinks ? shrink(one, tell) : one));
  }
  fmt::print(
      "{} designs, {} events: {} differences ({} in another of the orders that the VM leaves open; {} more part where "
      "it leaves the order open; {} agreed when "
      "played "
      "again; {} designs not played: too close to call)\n",
      outcome.played, outcome.events, outcome.differing.size(), outcome.other_orders, outcome.open_orders,
      outcome.replayed, outcome.rejected);
  return outcome.differing.empty() ? 0 : 1;
}
