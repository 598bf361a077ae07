// What the VM is given and what it leaves: our Erlang modules and the designs go to a temporary directory, `erl`
// compiles the modules in memory, plays, and leaves one file of trace lines a design.
#include "beam/play.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>

#include "beam/modules.hpp"
#include "beam/terms.hpp"
#include "beam/vm.hpp"

namespace treefall::beam {
namespace {

namespace fs = std::filesystem;

bool write(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  return static_cast<bool>(out.flush());
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file, std::ios::binary);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Elixir's own modules lie beside its executable: BIN/../lib/elixir/ebin, behind links.
std::optional<fs::path> elixir_modules() {
  const auto program = in_path("elixir");
  if (!program) return std::nullopt;
  std::error_code error;
  const fs::path bin = fs::canonical(*program, error).parent_path();
  if (error) return std::nullopt;
  const fs::path ebin = bin.parent_path() / "lib" / "elixir" / "ebin";
  return fs::exists(ebin, error) ? std::optional(ebin) : std::nullopt;
}

constexpr const char* bootstrap =
    "lists:foreach(fun(File) ->"
    " {ok, Module, Code} = compile:file(File, [binary, report]),"
    " {module, Module} = code:load_binary(Module, File, Code) end, filelib:wildcard(\"*.erl\")),"
    "treefall_play:main([\".\"]).";

bool write_input(const fs::path& directory, const std::vector<Part>& parts, const Options& options) {
  const auto elixir = elixir_modules();
  std::string terms = fmt::format("#{{at_a_time => {}, measured => {}, elixir => {}}}.\n", options.at_a_time,
                                  options.measured, elixir ? string_term(elixir->string()) : std::string("none"));
  for (const Part& part : parts) {
    const spec::Duration phase = part.design->clock_phase.value_or(part.phase) % std::chrono::seconds(1);
    terms += to_term(*part.design, part.seed, phase, options.until);
  }
  bool good = write(directory / "designs.terms", terms);
  for (const Module& module : modules())
    good = good && write(directory / fmt::format("{}.erl", module.name), module.text);
  return good;
}

std::string nothing_there(const std::string& erl) {
  return fmt::format("no `{}` was found in PATH: install Erlang/OTP (Debian: apt-get install erlang-base)", erl);
}

constexpr const char* no_directory = "cannot write to the system's directory for temporary files";

/// What a failed VM has said, on one line.
std::string said(const fs::path& directory) {
  constexpr std::size_t enough = 2000;
  std::string line;
  for (const char character : read(directory / "stdout").substr(0, enough)) {
    if (character != '\n') line += character;
    if (character == '\n' && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line.empty() ? "it said nothing" : line;
}

/// How it ended, after `the Erlang VM`.
std::string ending(int status) {
  return WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                             : fmt::format("failed with exit code {}", WEXITSTATUS(status));
}

/// What went wrong; empty when nothing did.
std::string complaint(const Ended& ended, const fs::path& program, const fs::path& directory) {
  constexpr int no_elixir = 3;
  switch (ended.how) {
    case Ended::How::not_started:
      return fmt::format("cannot run `{}`: {}", program.string(), std::strerror(ended.status));
    case Ended::How::stopped:
      return "stopped";
    case Ended::How::too_late:
      return "the Erlang VM did not end in time";
    case Ended::How::exited:
      break;
  }
  if (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0) return "";
  if (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == no_elixir) {
    return "the design has supervisors of Elixir (dynamic, partition, task or registry), and no `elixir` was found in "
           "PATH";
  }
  return fmt::format("the Erlang VM {}: {}", ending(ended.status), said(directory));
}

}  // namespace

Played play(const std::vector<const spec::Design*>& designs, const Options& options) {
  std::vector<Part> parts;
  for (const spec::Design* design : designs) parts.push_back({design, options.seed, options.phase});
  return play(parts, options);
}

Played play(const std::vector<Part>& parts, const Options& options) {
  Played played;
  if (parts.empty()) return played;
  const auto program = in_path(options.erl);
  if (!program) {
    played.error = nothing_there(options.erl);
    return played;
  }
  const Directory directory;
  if (directory.path().empty() || !write_input(directory.path(), parts, options)) {
    played.error = no_directory;
    return played;
  }
  const auto seconds = parts.size() / options.at_a_time + 60;
  const Limits limits{options.until * 2 + std::chrono::seconds(seconds), options.stop, options.progress};
  const Ended ended = run_vm(*program, directory.path(), bootstrap, limits);
  played.error = complaint(ended, *program, directory.path());
  if (!played.error.empty()) return played;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    played.traces.push_back(lines_of(directory.path() / fmt::format("{}.jsonl", i)));
  }
  return played;
}

Installed installed(const std::string& erl) {
  const auto program = in_path(erl);
  if (!program) return {std::nullopt, nothing_there(erl)};
  const Directory directory;
  if (directory.path().empty()) return {std::nullopt, no_directory};
  const Ended ended = run_vm(*program, directory.path(), "io:put_chars(erlang:system_info(otp_release)), halt(0).",
                             {std::chrono::seconds(30), nullptr, nullptr});
  if (const std::string wrong = complaint(ended, *program, directory.path()); !wrong.empty())
    return {std::nullopt, wrong};
  const std::string said = read(directory.path() / "stdout");
  std::uint32_t otp = 0;
  if (std::from_chars(said.data(), said.data() + said.size(), otp).ec != std::errc())
    return {std::nullopt, fmt::format("`{}` does not say which release it is: {}", program->string(), said)};
  return {otp, ""};
}

}  // namespace treefall::beam
