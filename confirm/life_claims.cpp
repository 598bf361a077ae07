// The same sequential procedure as for replicas to the horizon (stage.cpp), from its second look on.
#include "confirm/life_claims.hpp"

#include <algorithm>
#include <cmath>

#include "runtime/lives.hpp"

namespace treefall::confirm {
namespace {

constexpr double least_lives = 400;  // so many are to be affordable, if the claim is true
constexpr std::uint64_t fewest_lives = 100;
constexpr std::uint64_t most_lives = 400'000;  // of all claims
constexpr unsigned second_look = 1;

bool is_open(const Claim& claim) {
  return claim.quantity == spec::Quantity::mean_time_to_failure && claim.verdict == Verdict::undecided &&
         claim.band.low > 0 && std::isfinite(claim.band.low);
}

void judge_by_lives(const runtime::Lifetimes& lifetimes, std::size_t subject, Claim& claim, const Budget& budget,
                    unsigned look) {
  const auto seen = lifetimes.measure(subject, budget.confidence);
  if (!seen) return;
  claim.verdict = decide(claim, budget, look, true, [&](double confidence) {
    const auto found = lifetimes.measure(subject, confidence);
    return found ? std::optional(found->measured) : std::nullopt;
  });
  claim.observed = seen->measured;
  claim.because = claim.verdict != Verdict::undecided ? seen->measured.splitting
                  : seen->doubt.empty()               ? "the interval still crosses the band when the budget ends"
                                                      : seen->doubt;
}

}  // namespace

void leave_life_claims(std::vector<Claim>& claims, double affordable) {
  for (Claim& claim : claims)
    claim.by_lives = !claim.rare && is_open(claim) && claim.band.low * least_lives <= affordable;
}

std::uint64_t judge_life_claims(const spec::Design& design, std::vector<Claim>& claims, double affordable,
                                const Options& options, const std::atomic<bool>& halt) {
  std::vector<Claim*> open;
  std::vector<spec::Subject> subjects;
  for (Claim& claim : claims) {
    if (!is_open(claim)) continue;
    if (claim.band.low * least_lives > affordable) {
      if (claim.observed && std::isinf(claim.observed->high) && claim.observed->samples > 0)
        claim.because = "the horizon cuts lives off, and the budget does not allow to execute them to their end";
      continue;
    }
    open.push_back(&claim);
    subjects.push_back(claim.subject);
  }
  if (open.empty() || halt) return 0;
  runtime::Lifetimes lifetimes(design, subjects, options.seed, options.jobs,
                               std::max<std::uint64_t>(options.events / (2 * fewest_lives), 1));
  const Budget budget{options.events, options.confidence, claims.size()};
  const std::uint64_t most = std::max(fewest_lives, most_lives / subjects.size());
  unsigned look = second_look;
  for (std::uint64_t wanted = fewest_lives; wanted <= most; wanted *= 2, ++look) {
    lifetimes.extend(wanted, halt);
    if (lifetimes.troubled() || lifetimes.replicas() == 0) break;
    for (std::size_t i = 0; i < open.size(); ++i)
      if (open[i]->verdict == Verdict::undecided) judge_by_lives(lifetimes, i, *open[i], budget, look);
    const bool done =
        std::all_of(open.begin(), open.end(), [](const Claim* one) { return one->verdict != Verdict::undecided; });
    if (done || halt || lifetimes.events() * 2 > options.events) break;
  }
  return lifetimes.events();
}

}  // namespace treefall::confirm
