// One serial server to which messages come as a Poisson stream and from processes that wait for each answer before
// they call again. Times in seconds, rates per second. The mathematics stands in shared_server.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace treefall::analyzer {

struct SharedServer {
  struct Callers {
    double think = 0;  // mean time from an answer to the same caller's next call; > 0
    std::uint64_t count = 1;
  };
  double mean_service = 0;  // exponential
  double poisson = 0;       // messages per second; poisson * mean_service < 1
  std::vector<Callers> callers;
};
/// Beyond so many callers their calls pass for a Poisson stream.
inline constexpr std::uint64_t most_callers = 150;

/// P(so many messages are there), in the time average, which is also what a message of the Poisson stream finds.
std::vector<double> present(const SharedServer& server);
/// The same as a caller of one group finds it when it calls.
std::vector<double> found_by(const SharedServer& server, std::size_t group);

/// Of a call that finds so many before it, each served `mean_service` on average: P(it is answered later than
/// `timeout`), and how long it waits for its answer or its timeout on average.
double late_share(const std::vector<double>& found, double mean_service, double timeout);
double mean_answer(const std::vector<double>& found, double mean_service, double timeout);

/// Calls that are late come in clumps: who comes while the server is behind is late as well. One class of calls to a
/// server, as far as their timeouts are counted by somebody.
struct LateCalls {
  std::vector<double> present;
  double mean_service = 0;
  double timeout = 0;
  double share = 1;  // of all messages that come
};
struct Clump {
  std::vector<double>
      sizes;  // P(1), P(2), … late calls within `window` seconds of the first; the last: so many or more
  double mean = 1;
};
Clump clump_of(const LateCalls& calls, double window, std::size_t most);

}  // namespace treefall::analyzer
