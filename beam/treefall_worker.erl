%% The worker of a design: a gen_server that does what its description says. Work is sleep until an instant (a BEAM
%% process that works does nothing else either); what it calls, casts, links and starts is real.
-module(treefall_worker).
-behaviour(gen_server).
-export([init/1, handle_continue/2, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-define(OWN_END, treefall_own_end).  % in the process dictionary: it ends by itself, nobody told it to

init({Index, {Id, _} = Key, Attempt}) ->
    Design = treefall_design:get(Index),
    Node = treefall_design:node(Design, Id),
    case treefall_registry:is_home(Node) of
        true -> init(Design, Key, Attempt, Node);
        false -> {stop, treefall_registry:elsewhere()}
    end.

init(#{index := Index} = Design, Key, Attempt, Node) ->
    treefall_log:row(Design, {process, self(), Key, Attempt}),
    rand:seed(exsss, {maps:get(seed, Design), erlang:phash2(Key), Attempt}),
    process_flag(trap_exit, maps:get(traps, Node)),
    case treefall_design:is_dynamic(Design, Key) of
        true -> ets:insert(maps:get(table, Design), {{holder, Key}, self()});
        false -> ok
    end,
    State = #{index => Index, key => Key, attempt => Attempt, node => Node, backing_off => false},
    case prepare(maps:get(init, Node), Attempt, State) of
        ok -> begin_life(Design, State);
        ignore -> ignore;
        fail -> {stop, init}
    end.

begin_life(Design, #{node := Node, key := Key} = State) ->
    treefall_design:came_up(Design, Key),
    treefall_links:at_start(Design, Key, maps:get(links, Node)),
    treefall_redelivery:came_up(Design, Key),
    treefall_unsupervised:starter_came_up(Design, Key),
    treefall_reseeding:came_up(Design, Key),
    Now = treefall_design:now(Design),
    Ticks = maps:get(ticks, Node),
    lists:foreach(fun({I, #{first := First}}) -> next_tick(Design, Now, I, First) end,
                  lists:zip(lists:seq(1, length(Ticks)), Ticks)),
    treefall_clocks:start(Design, maps:get(crashes, Node), Now),
    lists:foreach(fun(Dependency) -> remember(Design, Dependency, Key) end, maps:get(stale, Node)),
    case Node of
        #{continue := none} -> {ok, State};
        _ -> {ok, State, {continue, begin_serving}}
    end.

next_tick(Design, From, I, Law) ->
    Due = From + treefall_random:draw(Law),
    Id = treefall_client:message_id(),
    treefall_log:measure(Design, Due, {arrives, self(), Id}),
    treefall_design:timer_at(Due, self(), {tick, I, Due, Id}).

%% ---- init and handle_continue: the same shape ----

prepare(none, _, _) -> ok;
prepare(#{outcomes := Outcomes} = Base, Attempt, #{index := Index} = State) ->
    Design = treefall_design:get(Index),
    Program = in_force(Design, Base),
    Outcome = outcome(Design, Program, Outcomes, Attempt),
    work(Design, Program),
    lists:foreach(fun(Call) -> calls(Design, Call, State) end, maps:get(calls, Program)),
    Outcome.

outcome(Design, #{fails_during := Fault, fails := P}, Outcomes, Attempt) ->
    Fails = (Fault =/= none andalso treefall_design:active_fault(Design, Fault)) orelse treefall_random:happens(P),
    case Outcomes of
        _ when Fails -> fail;
        [] -> ok;
        _ -> lists:nth(min(Attempt, length(Outcomes)), Outcomes)
    end.

%% What a fault that lasts overrides.
in_force(Design, #{during := During} = Base) ->
    case [Other || {Fault, Other} <- During, treefall_design:active_fault(Design, Fault)] of
        [Other | _] -> in_force(Design, Other);
        [] -> Base
    end.

work(Design, #{takes := Law}) ->
    case treefall_random:draw(Law) of
        0 -> ok;
        Ns -> treefall_design:sleep_until(Design, treefall_design:now(Design) + Ns)
    end.

handle_continue(begin_serving, State) -> by_itself(fun() -> busy(State, fun() -> continue(State) end) end).

continue(#{node := #{continue := Continue}, attempt := Attempt} = State) ->
    case {prepare(Continue, Attempt, State), Continue} of
        {ok, _} -> {noreply, State#{backing_off => false}};
        {_, #{retry_after := none}} -> error(handle_continue);
        {_, #{retry_after := Law}} -> {noreply, back_off(Law, State)}
    end.

back_off(Law, #{index := Index} = State) ->
    Design = treefall_design:get(Index),
    treefall_design:timer_at(treefall_design:now(Design) + treefall_random:draw(Law), self(), try_again),
    State#{backing_off => true}.

%% ---- messages ----

handle_call(which_children, _, State) -> {reply, [], State};
handle_call({treefall, Name, Number}, _, State) ->
    case by_itself(fun() -> counted(Number, message, State, fun() -> take_up(Name, none, State) end) end) of
        {noreply, Next} -> {reply, ok, Next};
        Stop -> Stop
    end.

handle_cast({treefall, Name, Id}, State) ->
    by_itself(fun() -> counted(Id, message, State, fun() -> take_up(Name, Id, State) end) end).

handle_info(Message, State) -> by_itself(fun() -> info(Message, State) end).

info({treefall, Name, Id}, State) -> counted(Id, message, State, fun() -> take_up(Name, Id, State) end);
info({timeout, _, {tick, I, Due, Id}}, #{index := Index} = State) ->
    treefall_design:reached(treefall_design:get(Index), Due),
    counted(Id, tick, State, fun() -> tick(I, State) end);
info({treefall_register, Partition}, #{index := Index} = State) ->
    treefall_registry:register_with(treefall_design:get(Index), Partition),
    {noreply, State};
info({timeout, _, try_again}, State) -> busy(State, fun() -> continue(State) end);
info({treefall_crash, Crash}, #{index := Index}) -> treefall_clocks:fall(treefall_design:get(Index), Crash);
info({'EXIT', Pid, _}, State) -> of_task(Pid, <<"EXIT">>, State);
info({'DOWN', Monitor, process, _, _}, State) -> of_task(Monitor, <<"DOWN">>, State);
info({Monitor, treefall_reply}, State) -> of_task(Monitor, <<"reply">>, State).

%% What its tasks send it are messages like others, which have waited since the task ended; a link's exit signal is none.
of_task(Sender, Name, #{index := Index} = State) ->
    case treefall_task:ended(Sender) of
        none -> busy(State, fun() -> serve(Name, none, State) end);
        Ended ->
            Design = treefall_design:get(Index),
            Id = treefall_client:message_id(),
            treefall_log:measure(Design, min(Ended, treefall_design:now(Design)), {arrives, self(), Id}),
            counted(Id, message, State, fun() -> serve(Name, none, State) end)
    end.

tick(I, #{index := Index, node := #{ticks := Ticks}} = State) ->
    Design = treefall_design:get(Index),
    #{every := Every, handler := Handler} = lists:nth(I, Ticks),
    check_stale(Design, State),
    Result = perform(Handler, State),
    next_tick(Design, treefall_design:now(Design), I, Every),
    Result.

%% For measurements: when it took this out of its mailbox, and when it was done with it; not if that was its end.
counted(Id, Kind, #{index := Index, backing_off := BackingOff}, Act) ->
    Design = treefall_design:get(Index),
    treefall_log:measure(Design, {taken_up, self(), Id}),
    Result = Act(),
    element(1, Result) =:= noreply andalso
        treefall_log:measure(Design, {done, self(), Id, Kind =:= message andalso not BackingOff}),
    Result.

%% The same for what is no message from anybody.
busy(State, Act) -> counted(0, none, State, Act).

%% What ends the process in here is its own doing, not its supervisor's: no clean-up then.
by_itself(Act) ->
    put(?OWN_END, true),
    case Act() of
        {noreply, _} = Lives ->
            erase(?OWN_END),
            Lives;
        Ends -> Ends
    end.

%% What somebody sent, as opposed to what the VM tells.
take_up(Name, Id, #{index := Index, node := Node} = State) ->
    treefall_client:taken(treefall_design:get(Index), Node),
    serve(Name, Id, State).

serve(Name, Id, #{index := Index, node := #{handles := Handlers}, backing_off := BackingOff} = State) ->
    Design = treefall_design:get(Index),
    Id =/= none andalso treefall_log:row(Design, {taken, self(), Id}),
    to_its_end(Id, State, fun() ->
                              check_stale(Design, State),
                              case Handlers of
                                  _ when Handlers =:= none; BackingOff -> {noreply, State};
                                  #{Name := Handler} -> perform(Handler, State);
                                  #{<<"any">> := Handler} -> perform(Handler, State);
                                  _ -> error(function_clause)
                              end
                          end).

%% A message whose own handler ends the process was handled to that end. One that a crash clock interrupts is lost.
%% An outside queue hands out again what its taker did not live through.
to_its_end(Id, State, Handle) ->
    try Handle() of
        Result ->
            finished(Id, State),
            element(1, Result) =:= noreply andalso settled(Id, State),
            Result
    catch
        Class:Reason:Stack ->
            treefall_clocks:fell() orelse finished(Id, State),
            erlang:raise(Class, Reason, Stack)
    end.

finished(none, _) -> ok;
finished(Id, #{index := Index}) ->
    treefall_log:row(treefall_design:get(Index), {handled, self(), Id}).

settled(none, _) -> ok;
settled(Id, #{index := Index}) -> treefall_redelivery:done(treefall_design:get(Index), Id).

perform(Base, #{index := Index} = State) ->
    Design = treefall_design:get(Index),
    Handler = in_force(Design, Base),
    work(Design, Handler),
    lists:foreach(fun(Call) -> calls(Design, Call, State) end, maps:get(calls, Handler)),
    lists:foreach(fun(Cast) -> casts(Design, Cast, State) end, maps:get(casts, Handler)),
    lists:foreach(fun(Task) -> treefall_task:run(Design, Task) end, maps:get(tasks, Handler)),
    case {treefall_random:happens(maps:get(crashes, Handler)), maps:get(exits, Handler)} of
        {true, _} -> error(error);
        {false, none} -> {noreply, State};
        {false, Reason} -> {stop, Reason, State}
    end.

%% A pid or table that it took from an incarnation is of no use to it when that is gone.
check_stale(Design, #{key := Key, node := #{stale := Dependencies}}) ->
    lists:foreach(fun({Target, Uses} = Dependency) ->
                      {Known, Now} = remember(Design, Dependency, Key),
                      case Uses of
                          _ when Known =:= Now, is_pid(Now) -> ok;
                          table -> error(stale);
                          pid ->
                              Callee = treefall_design:resolve(Design, Target, Key),
                              exit({noproc, {gen_server, call, [Callee]}})
                      end
                  end, Dependencies).

remember(Design, {Target, _} = Dependency, Key) ->
    Now = treefall_design:where(Design, treefall_design:resolve(Design, Target, Key)),
    case get({known, Dependency}) of
        undefined ->
            put({known, Dependency}, Now),
            {Now, Now};
        Known -> {Known, Now}
    end.

%% ---- calls and casts ----

calls(Design, #{times := Times} = Call, State) ->
    lists:foreach(fun(_) -> call(Design, Call, State) end, lists:seq(1, Times)).

call(Design, #{on_failure := OnFailure} = Call, State) -> attempt(Design, Call, State, OnFailure).

attempt(Design, #{to := Target, message := Message, timeout := Timeout} = Call, #{key := Key} = State, OnFailure) ->
    To = treefall_design:resolve(Design, Target, Key),
    Result = treefall_client:call(Design, To, Key, Message, Timeout),
    measure_call(Design, To, Result),
    case Result of
        ok -> ok;
        {failed, Reason} ->
            treefall_log:row(Design, {call_failed, self(), To, Reason}),
            case OnFailure of
                ignore -> ok;
                {retry, Left} when Left > 0 -> attempt(Design, Call, State, {retry, Left - 1});
                _ -> exit(Reason)
            end
    end.

%% A call that found nobody was none that its callee could have answered.
measure_call(Design, To, Result) ->
    case Result of
        ok -> treefall_log:measure(Design, {called, <<>>, To, ok});
        {failed, {timeout, _}} -> treefall_log:measure(Design, {called, <<>>, To, timeout});
        {failed, {noproc, _}} -> ok;
        {failed, {calling_self, _}} -> ok;
        {failed, _} -> treefall_log:measure(Design, {called, <<>>, To, failed})
    end.

casts(Design, #{to := Target, message := Message, times := Times}, #{key := Key}) ->
    lists:foreach(fun(_) ->
                      To = treefall_design:resolve(Design, Target, Key),
                      treefall_client:cast(Design, To, Message)
                  end, lists:seq(1, Times)).

%% Clean-up: when it was told to shut down, or its parent died.
terminate(_, #{index := Index, node := #{terminate := Law}}) ->
    case {get(?OWN_END), Law} of
        {true, _} -> ok;
        {_, none} -> ok;
        _ -> clean_up(treefall_design:get(Index), treefall_random:draw(Law))
    end.

%% Its supervisor's limit counts from its own clock, so this must not start from the instant that was meant; what comes
%% behind it does, else a supervisor that stops many in turn would be later with each.
clean_up(_, 0) -> ok;
clean_up(Design, Ns) ->
    Meant = treefall_design:now(Design) + Ns,
    Due = erlang:monotonic_time(nanosecond) + Ns,
    receive {treefall_crash, Crash} -> treefall_clocks:fall(Design, Crash)
    after treefall_design:ms(Ns) -> treefall_design:reached(Design, Meant, Due)
    end.
