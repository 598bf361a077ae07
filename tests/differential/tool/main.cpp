// `differential --designs N --seed S`: plays generated designs on both sides. `differential FILE...`: plays these, and
// prints both traces side by side. `--keep DIRECTORY`: leaves there what differs. Exit code 0: no difference, 1: some,
// 2: it could not be done, or the machine disturbed some designs each time.
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
  std::string kept;  // the directory for what differs
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
    else if (word == "--keep" && i + 1 < count)
      arguments.kept = values[++i];
    else if (word == "--show")
      arguments.shows = true;
    else
      arguments.files.push_back(word);
  }
  if (!arguments.seeded) wanted.seed = std::random_device{}();
  return arguments;
}

void tell(const std::string& text) { fmt::print(stderr, "{}\n", text); }

/// The designs of these files for the release of the installed VM. Nothing when one cannot be played; why, is told.
std::vector<spec::Design> read(const std::vector<std::string>& files) {
  const beam::Installed vm = beam::installed();
  if (!vm.otp) {
    tell(vm.error);
    return {};
  }
  std::vector<spec::Design> designs;
  for (const std::string& file : files) {
    std::ifstream in(file);
    spec::Reading reading = spec::read(spec::Source(file, std::string(std::istreambuf_iterator<char>(in), {})));
    for (const spec::Diagnostic& d : reading.diagnostics)
      tell(fmt::format("{}:{}: {}", file, d.span.start.line, d.message));
    if (!reading.design) return {};
    spec::Setting<std::uint32_t>& otp = reading.design->otp;
    if (otp.written() && otp.value != *vm.otp) {
      tell(fmt::format("{}: is for OTP {}, the installed Erlang VM is OTP {}", file, otp.value, *vm.otp));
      return {};
    }
    otp.value = *vm.otp;
    designs.push_back(*std::move(reading.design));
  }
  return designs;
}

/// Compares both traces of one file, and prints what came of it; true when they differ.
bool differs(const Arguments& arguments, const std::string& file, const spec::Design& design,
             const std::vector<std::string>& played) {
  std::vector<std::string> lines;
  runtime::trace(design, 1, 0, arguments.until, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  const std::vector<Event> model = parse(lines);
  const std::vector<Event> real = parse(played);
  const std::int64_t end = std::chrono::nanoseconds(arguments.until).count() - 80'000'000;
  const Bounds bounds{30'000'000, 0, end};
  const Difference difference = compare(model, real, bounds);
  if (difference.any) {
    if (const auto choices = explain(design, real, arguments.until, bounds, 20'000).choices) {
      fmt::print("{}: the same in another order:\n{}", file, in_words(*choices));
      return false;
    }
  }
  fmt::print("{}: {}\n", file, difference.any ? "differs in " + difference.where + "\n  " + difference.what : "same");
  if (difference.any || arguments.shows) fmt::print("{}\n", side_by_side(model, real));
  return difference.any;
}

int play_files(const Arguments& arguments) {
  const std::vector<spec::Design> designs = read(arguments.files);
  if (designs.empty()) return 2;
  std::vector<const spec::Design*> pointers;
  for (const spec::Design& design : designs) pointers.push_back(&design);
  beam::Options options;
  options.until = arguments.until;
  const beam::Played played = beam::play(pointers, options);
  if (!played.error.empty()) {
    tell(played.error);
    return 2;
  }
  bool any = false;
  for (std::size_t i = 0; i < designs.size(); ++i)
    any = differs(arguments, arguments.files[i], designs[i], played.traces[i]) || any;
  return any ? 1 : 0;
}

/// Leaves the design, and what the VM did with it, for a test that plays them again without a VM.
void keep(const Case& found, const std::string& directory) {
  const std::string name = fmt::format("{}/seed_{}", directory, found.seed);
  std::ofstream(name + ".yaml") << found.yaml;
  std::ofstream trace(name + ".jsonl");
  for (const std::string& line : to_lines(found.real)) trace << line << '\n';
}

int play_generated(const Arguments& arguments) {
  tell(fmt::format("seed {}", arguments.wanted.seed));
  const Outcome outcome = differ(arguments.wanted);
  if (!outcome.error.empty()) {
    tell(outcome.error);
    return 2;
  }
  for (const Case& found : outcome.differing) {
    fmt::print("{}\n", report(found));
    if (!arguments.kept.empty()) keep(found, arguments.kept);
    if (arguments.shrinks) fmt::print("shrunk:\n{}\n", report(shrink(found, arguments.wanted)));
  }
  fmt::print("{}", summary(outcome));
  if (!outcome.disturbed.empty()) return 2;
  return outcome.differing.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments = parse_arguments(count, values);
  arguments.wanted.told = tell;
  return arguments.files.empty() ? play_generated(arguments) : play_files(arguments);
}
