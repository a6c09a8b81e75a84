#pragma once

#include "pipelines/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// One kind of actor of a plan, with its bounds.
struct plan_actor {
  std::string kind; ///< "source", "router", "stage", "inference", "sink" or "supervisor"
  std::string name;
  std::vector<std::string> components; ///< that run in it
  int replicas = 1;
  bool own_thread = false; ///< else it shares the pool's threads
  credit_bound batch;      ///< source: the largest batch that it hands out; else zero
  credit_bound queue;      ///< what one sender may have waiting here; zero: nobody sends data
  int senders = 0;         ///< how many send data to one replica, at most
  std::int64_t preferred_rows = 0;   ///< inference
  core::duration max_queue_delay{0}; ///< inference
};

/// Actors in the direction of the data; the supervisor last.
std::vector<plan_actor> actors_of(const checked_pipeline& pipeline, const execution_plan& plan);

struct thread_counts {
  std::int64_t own = 0;  ///< one for each instance of a source or sink
  std::int64_t pool = 0; ///< shared by all other actors
};

/// Threads that Lepton starts. The libraries' own (librdkafka's, say) are not among them.
thread_counts threads_of(const checked_pipeline& pipeline, const execution_plan& plan);

} // namespace lepton::pipelines
