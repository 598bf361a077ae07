// `differential --designs N --seed S`: plays generated designs on both sides. `differential FILE...`: plays these, and
// prints both traces side by side. Exit code 0: no difference, 1: some, 2: it could not be done, or the machine
// disturbed some designs each time.
#include <fmt/format.h>

#include <algorithm>
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

struct Arguments {
  Wanted wanted;
  bool seeded = false;
  bool shrinks = true;
  bool shows = false;
  std::chrono::milliseconds until{4500};
  std::vector<std::string> files;
};

Arguments parse_arguments(int count, char** values) {
  Arguments arguments;
  Wanted& wanted = arguments.wanted;
  for (int i = 1; i < count; ++i) {
    const std::string word = values[i];
    const auto number = [&] { return ++i < count ? std::strtoull(values[i], nullptr, 10) : 0; };
    if (word == "--designs")
      wanted.designs = number();
    else if (word == "--seed")
      wanted.seed = number(), arguments.seeded = true;
    else if (word == "--at-a-time")
      wanted.at_a_time = static_cast<unsigned>(std::max(1ULL, number()));
    else if (word == "--until-ms")
      arguments.until = std::chrono::milliseconds(number());
    else if (word == "--elixir")
      wanted.palette.elixir_supervisors = true;
    else if (word == "--no-shrinking")
      arguments.shrinks = false;
    else if (word == "--show")
      arguments.shows = true;
    else
      arguments.files.push_back(word);
  }
  if (!arguments.seeded) wanted.seed = std::random_device{}();
  return arguments;
}

void tell(const std::string& text) { fmt::print(stderr, "{}\n", text); }

int play_files(const Arguments& wanted) {
  std::vector<spec::Design> designs;
  designs.reserve(wanted.files.size());
  std::vector<const spec::Design*> pointers;
  const beam::Installed vm = beam::installed();
  if (!vm.otp) {
    tell(vm.error);
    return 2;
  }
  for (const std::string& file : wanted.files) {
    std::ifstream in(file);
    const spec::Reading reading = spec::read(spec::Source(file, std::string(std::istreambuf_iterator<char>(in), {})));
    for (const spec::Diagnostic& d : reading.diagnostics)
      tell(fmt::format("{}:{}: {}", file, d.span.start.line, d.message));
    if (!reading.design) return 2;
    designs.push_back(*reading.design);
    spec::Setting<std::uint32_t>& otp = designs.back().otp;
    if (otp.written() && otp.value != *vm.otp) {
      tell(fmt::format("{}: is for OTP {}, the installed Erlang VM is OTP {}", file, otp.value, *vm.otp));
      return 2;
    }
    otp.value = *vm.otp;
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
    const Bounds bounds{30'000'000, 0, end};
    const Difference difference = compare(model, real, bounds);
    const auto choices = difference.any ? explain(designs[i], real, wanted.until, bounds, 20'000) : std::nullopt;
    if (choices) {
      fmt::print("{}: the same in another order:\n{}", wanted.files[i], in_words(*choices));
      continue;
    }
    fmt::print("{}: {}\n", wanted.files[i],
               difference.any ? "differs in " + difference.where + "\n  " + difference.what : "same");
    if (difference.any || wanted.shows) fmt::print("{}\n", side_by_side(model, real));
    differing += difference.any ? 1 : 0;
  }
  return differing > 0 ? 1 : 0;
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments = parse_arguments(count, values);
  if (!arguments.files.empty()) return play_files(arguments);
  Wanted& wanted = arguments.wanted;
  wanted.told = tell;
  tell(fmt::format("seed {}", wanted.seed));
  const Outcome outcome = differ(wanted);
  if (!outcome.error.empty()) {
    tell(outcome.error);
    return 2;
  }
  constexpr std::size_t most_shown = 5;
  for (std::size_t i = 0; i < std::min(most_shown, outcome.differing.size()); ++i) {
    fmt::print("{}\n", report(outcome.differing[i]));
    if (arguments.shrinks) fmt::print("shrunk:\n{}\n", report(shrink(outcome.differing[i], wanted)));
  }
  fmt::print("{} designs, {} events: {} differences\n", outcome.played, outcome.events, outcome.differing.size());
  fmt::print("{} agree in another order than that of creation{}\n{}", outcome.other_orders,
             outcome.choices.empty() ? "" : ":", in_words(outcome.choices));
  fmt::print("{} plays were disturbed and done again; {} designs were disturbed each time\n", outcome.replayed,
             outcome.disturbed);
  fmt::print("{} have other times than first made; not played: {} too crowded, {} not valid\n", outcome.retimed,
             outcome.crowded, outcome.refused);
  if (outcome.disturbed > 0) return 2;
  return outcome.differing.empty() ? 0 : 1;
}
