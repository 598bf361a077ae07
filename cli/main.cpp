// The program: hands the command line to the command it names.
#include <csignal>
#include <exception>
#include <new>

#include "cli/console.hpp"
#include "cli/options.hpp"
#include "cli/parse.hpp"

namespace treefall::cli {

namespace {

Exit run(const std::vector<std::string>& words) {
  const auto parsed = parse(words);
  if (const auto* notice = std::get_if<Notice>(&parsed)) {
    Console console(color_option.fallback);
    if (notice->exit == Exit::clean) {
      console.out(notice->text);
      return console.finish(notice->exit);
    }
    console.complain(notice->text, notice->help);
    return notice->exit;
  }
  const auto& invocation = std::get<Invocation>(parsed);
  Console console(invocation.arguments.value(color_option));
  return console.finish(invocation.command->run(invocation.arguments, console));
}

}  // namespace

}  // namespace treefall::cli

int main(int count, char** words) {
  using namespace treefall::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has seen enough is no failure; Console sees EPIPE
  try {
    return static_cast<int>(run({words + (count > 0 ? 1 : 0), words + count}));
  } catch (const std::bad_alloc&) {
    Console(color_option.fallback)
        .complain("there is not enough memory",
                  "every process of a design takes memory (`count`, `partitions`), and every message that waits; "
                  "executing takes "
                  "it once for each thread (`--jobs`)");
    return static_cast<int>(Exit::failed);
  } catch (const std::exception& problem) {
    Console(color_option.fallback).complain(std::string("treefall has failed: ") + problem.what(), "this is a bug");
    return static_cast<int>(Exit::failed);
  }
}
