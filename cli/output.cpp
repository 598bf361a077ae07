// Knows how to replace a file in one step: written beside it, then renamed.
#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace treefall::cli {

namespace {

namespace fs = std::filesystem;

/// 0, or errno.
int write_to(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int write_new(const std::string& path, int flags, mode_t mode, std::string_view text) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, mode);
  if (descriptor < 0) return errno;
  const int failed = write_to(descriptor, text);
  const int not_closed = close(descriptor) == 0 ? 0 : errno;
  return failed != 0 ? failed : not_closed;
}

int replace(const std::string& path, mode_t mode, std::string_view text) {
  const std::string beside = fmt::format("{}.treefall-{}.tmp", path, getpid());
  int failed = write_new(beside, O_CREAT | O_EXCL, mode, text);
  if (failed == 0 && rename(beside.c_str(), path.c_str()) != 0) failed = errno;
  if (failed != 0 && failed != EEXIST) unlink(beside.c_str());
  return failed;
}

}  // namespace

std::optional<std::string> write_file(const std::string& path, std::string_view text) {
  std::error_code unknown;
  const fs::path target = fs::is_symlink(path, unknown) ? fs::canonical(path, unknown) : fs::path(path);
  const fs::file_status status = fs::status(target, unknown);
  const bool exists = fs::exists(status);
  const mode_t mode = exists ? static_cast<mode_t>(status.permissions()) & 0777U : 0666U;
  const int failed = exists && !fs::is_regular_file(status)
                         ? write_new(path, 0, 0, text)
                         : replace(target.empty() ? path : target.string(), mode, text);
  if (failed == 0) return std::nullopt;
  return fmt::format("cannot write `{}`: {}", path, std::strerror(failed));
}

std::optional<Output> output_of(std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || equals + 1 == value.size()) return std::nullopt;
  return Output{value.substr(0, equals), std::string(value.substr(equals + 1))};
}

const report::Format* format_named(std::string_view name) {
  const auto all = report::formats();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const report::Format& format) { return format.name == name; });
  return at == all.end() ? nullptr : &*at;
}

Exit deliver(const Arguments& arguments, Console& console, std::string_view format, const Rendering& render,
             Exit exit) {
  console.out(render(*format_named(format), console.look()));
  for (const std::string& value : arguments.values(output_option)) {
    const auto output = output_of(value);
    if (const auto problem = write_file(output->file, render(*format_named(output->format), {}))) {
      console.complain(*problem);
      exit = Exit::failed;
    }
  }
  return exit;
}

std::optional<std::string> check_output(std::string_view value, const std::vector<std::string_view>& formats) {
  const auto output = output_of(value);
  if (!output) return fmt::format("`{}` is not FORMAT=FILE, as in `json=result.json`", value);
  if (output->file == "-") return std::string("standard output gets its result by `--format`");
  if (std::find(formats.begin(), formats.end(), output->format) != formats.end()) return std::nullopt;
  return fmt::format("`{}` is no format for this; it takes {}", output->format, fmt::join(formats, ", "));
}

}  // namespace treefall::cli
