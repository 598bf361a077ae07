// How the VM is run: our Erlang modules and the designs go to a temporary directory, `erl` compiles the modules in
// memory, plays, and leaves one file of trace lines a design.
#include "beam/play.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <thread>

#include "beam/modules.hpp"
#include "beam/terms.hpp"

namespace treefall::beam {
namespace {

namespace fs = std::filesystem;

/// A directory of our own that goes with its owner.
class Directory {
 public:
  Directory() {
    std::error_code error;
    std::string pattern = (fs::temp_directory_path(error) / "treefall-beam-XXXXXX").string();
    if (!error && mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Directory() {
    std::error_code ignored;  // what is left in the system's directory for such things is not worth an error
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

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

std::optional<fs::path> in_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return fs::path(program);
  const char* path = std::getenv("PATH");
  std::istringstream places(path == nullptr ? "" : path);
  for (std::string place; std::getline(places, place, ':');) {
    const fs::path candidate = fs::path(place) / program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
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

/// The environment without what would change how `erl` starts (a node name, say), and without crash dumps.
std::vector<std::string> environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const bool flags = variable.starts_with("ERL_FLAGS=") || variable.starts_with("ERL_AFLAGS=") ||
                       variable.starts_with("ERL_ZFLAGS=") || variable.starts_with("ERL_CRASH_DUMP_SECONDS=");
    if (!flags) kept.emplace_back(variable);
  }
  kept.emplace_back("ERL_CRASH_DUMP_SECONDS=0");
  return kept;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

constexpr const char* bootstrap =
    "lists:foreach(fun(File) ->"
    " {ok, Module, Code} = compile:file(File, [binary, report]),"
    " {module, Module} = code:load_binary(Module, File, Code) end, filelib:wildcard(\"*.erl\")),"
    "treefall_play:main([\".\"]).";

/// Starts `erl` in that directory, with its output in files there. Returns its process id, or what went wrong.
struct Child {
  pid_t pid = -1;
  int error = 0;
};
Child start(const std::string& program, const fs::path& directory) {
  std::vector<std::string> arguments{program, "-noshell", "-noinput", "-boot",   "start_clean", "+P",     "1000000",
                                     "+Q",    "65536",    "+t",       "5000000", "-eval",       bootstrap};
  std::vector<std::string> variables = environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string out = (directory / "stdout").string();
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  Child child;
  child.error = posix_spawnp(&child.pid, program.c_str(), &actions, nullptr, pointers(arguments).data(),
                             pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

enum class Ending { exited, stopped, too_late };

/// Waits until the VM ends. `limit`: how long it may take at most.
Ending wait_for(pid_t pid, std::chrono::nanoseconds limit, const std::atomic<bool>* stop, int& status) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const pid_t done = waitpid(pid, &status, WNOHANG);
    if (done == pid) return Ending::exited;
    const bool stopped = stop != nullptr && stop->load();
    if (stopped || std::chrono::steady_clock::now() > end) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return stopped ? Ending::stopped : Ending::too_late;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool write_input(const fs::path& directory, const std::vector<const spec::Design*>& designs, const Options& options) {
  const auto elixir = elixir_modules();
  std::string terms = fmt::format("#{{at_a_time => {}, elixir => {}}}.\n", options.at_a_time,
                                  elixir ? string_term(elixir->string()) : std::string("none"));
  for (const spec::Design* design : designs) {
    const spec::Duration phase = design->clock_phase.value_or(options.phase) % std::chrono::seconds(1);
    terms += to_term(*design, options.seed, phase, options.until);
  }
  bool good = write(directory / "designs.terms", terms);
  for (const Module& module : modules())
    good = good && write(directory / fmt::format("{}.erl", module.name), module.text);
  return good;
}

std::string complaint(const fs::path& directory, int status) {
  constexpr int no_elixir = 3;
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_elixir) {
    return "the design has supervisors of Elixir (dynamic, partition or task), and no `elixir` was found in PATH";
  }
  std::string output = read(directory / "stdout");
  constexpr std::size_t enough = 2000;
  if (output.size() > enough) output.resize(enough);
  return fmt::format("the Erlang VM failed: {}", output.empty() ? "it said nothing" : output);
}

}  // namespace

Played play(const std::vector<const spec::Design*>& designs, const Options& options) {
  Played played;
  if (designs.empty()) return played;
  const auto program = in_path(options.erl);
  if (!program) {
    played.error =
        fmt::format("no `{}` was found in PATH: install Erlang/OTP (Debian: apt-get install erlang-base)", options.erl);
    return played;
  }
  const Directory directory;
  if (directory.path().empty() || !write_input(directory.path(), designs, options)) {
    played.error = "cannot write to the system's directory for temporary files";
    return played;
  }
  const Child child = start(program->string(), directory.path());
  if (child.error != 0) {
    played.error = fmt::format("cannot run `{}`: {}", program->string(), std::strerror(child.error));
    return played;
  }
  const auto seconds = designs.size() / options.at_a_time + 60;
  int status = 0;
  switch (wait_for(child.pid, options.until * 2 + std::chrono::seconds(seconds), options.stop, status)) {
    case Ending::stopped:
      played.error = "stopped";
      return played;
    case Ending::too_late:
      played.error = "the Erlang VM did not end in time";
      return played;
    case Ending::exited:
      break;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    played.error = complaint(directory.path(), status);
    return played;
  }
  for (std::size_t i = 0; i < designs.size(); ++i) {
    played.traces.push_back(lines_of(directory.path() / fmt::format("{}.jsonl", i)));
  }
  return played;
}

}  // namespace treefall::beam
