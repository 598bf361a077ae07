%% Crash clocks: the moments at which a worker falls by its own fault, whatever it is doing. The clock tells the worker,
%% which ends itself: at once when it is idle, works, or waits for an answer.
-module(treefall_clocks).
-export([start/3, fall/2, fell/0]).

%% `Now`: the instant at which the worker is up.
start(Design, Clocks, Now) -> lists:foreach(fun(Clock) -> clock(Design, Clock, Now) end, Clocks).

clock(Design, #{during := none} = Clock, Now) -> arm(Design, Clock, Now);
clock(Design, #{during := Fault} = Clock, _) ->
    Owner = self(),
    Seed = rand:uniform(1 bsl 50),
    spawn(fun() ->
              rand:seed(exsss, Seed),
              erlang:monitor(process, Owner),
              treefall_faults:follow(Design, Fault),
              while_fault_lasts(Design, Clock, Owner, none)
          end).

while_fault_lasts(Design, Clock, Owner, Timer) ->
    receive
        {fault_began, _} ->
            while_fault_lasts(Design, Clock, Owner, arm(Design, Clock, treefall_design:now(Design), Owner));
        {fault_ended, _} ->
            is_reference(Timer) andalso erlang:cancel_timer(Timer),
            while_fault_lasts(Design, Clock, Owner, none);
        {'DOWN', _, process, Owner, _} -> ok
    end.

arm(Design, Clock, Now) -> arm(Design, Clock, Now, self()).

arm(#{start := Start}, #{'when' := {at, Times}, reason := Reason}, Now, Owner) ->
    case [Start + Time || Time <- Times, Start + Time > Now] of
        [Next | _] -> ring(Next, Owner, Reason);
        [] -> none
    end;
arm(_, #{'when' := Law, reason := Reason}, Now, Owner) -> ring(Now + treefall_random:draw(Law), Owner, Reason).

%% A timer that rings in the worker as a plain message, so that it can be told from all others.
ring(Instant, Owner, Reason) ->
    erlang:send_after(treefall_design:ms(Instant), Owner, {treefall_crash, {Instant, Reason}}, [{abs, true}]).

%% The worker's end, in the worker.
fall(Design, {Instant, Reason}) ->
    treefall_design:reached(Design, Instant),
    put(treefall_fell, true),
    exit(Reason).

%% Is it by a crash clock that this process is ending?
fell() -> get(treefall_fell) =:= true.
