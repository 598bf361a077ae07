%% Makes trace lines of rows: the same events, fields and words as an execution in virtual time writes.
-module(treefall_trace).
-export([lines/2]).

%% Rows in order; what happened behind `until` or the end of the node is left out. Returns an iolist, one line an event.
%% The header says, too, by how much the VM was late at worst (`late_ns`).
lines(#{seed := Seed, phase := Phase, spec := Spec, start := Start, until := Until, late := Late} = Design, Rows) ->
    Header = [<<"{\"treefall_trace\": 1, \"seed\": ">>, integer_to_binary(Seed), <<", \"replica\": 0, \"clock_phase_ns\": ">>,
              integer_to_binary(Phase), <<", \"late_ns\": ">>, integer_to_binary(Late), <<", \"spec\": ">>, quoted(Spec), <<"}\n">>],
    Pids = maps:from_list([{Pid, {Key, Attempt}} || {_, {process, Pid, Key, Attempt}} <- Rows]),
    State = #{design => Design, pids => Pids, up => #{}, successes => #{}, told => #{}, pending => #{}, serving => #{},
              dead => #{}, awaiting => #{}, starters => #{}, failed => #{}},
    {Playing, Stop} = lists:splitwith(fun({_, Row}) -> Row =/= {draining} end, to_the_end(Rows)),
    Within = lists:takewhile(fun({{At, _}, _}) -> At - Start < Until end, Playing),
    [Header, lines(Within ++ Stop, Start, State, []) | timers(Design, Until)].

timers(#{measured := true} = Design, Until) ->
    [line(Until, {late, [{ms, Ms}, {count, Count}]}) || {Ms, Count} <- treefall_design:timers(Design)];
timers(_, _) -> [].

%% Nothing happens behind the end of the node, but clients may write down a little later what that end meant for them.
%% Those that come later find nobody.
to_the_end(Rows) ->
    case lists:splitwith(fun({_, Row}) -> element(1, Row) =/= node_stopped end, Rows) of
        {Before, [{Stamp, _} = End | After]} ->
            Before ++ [{Stamp, Row} || {_, {client_failed, _, _, {Why, _}} = Row} <- After, Why =/= noproc] ++ [End];
        {All, []} -> All
    end.

lines([], _, _, Lines) -> lists:reverse(Lines);
lines([{{_, N}, {measure, Instant, Row}} | Rows], Start, State, Lines) ->
    lines([{{Instant, N}, {measured, Row}} | Rows], Start, State, Lines);
lines([{{At, _}, Row} | Rows], Start, State, Lines) ->
    {Events, Next} = events(Row, State),
    Written = [line(At - Start, Event) || Event <- Events],
    lines(Rows, Start, Next, lists:reverse(Written, Lines)).

line(T, {Event, Fields}) ->
    [<<"{\"t_ns\": ">>, integer_to_binary(T), <<", \"event\": \"">>, atom_to_binary(Event), $",
     [[<<", \"">>, atom_to_binary(Key), <<"\": ">>, value(Value)] || {Key, Value} <- Fields], <<"}\n">>].

value(Value) when is_integer(Value) -> integer_to_binary(Value);
value(Value) -> quoted(Value).

quoted(Text) -> [$", [escaped(C) || <<C>> <= iolist_to_binary(Text)], $"].

escaped($") -> <<"\\\"">>;
escaped($\\) -> <<"\\\\">>;
escaped(C) when C < 16#20 -> io_lib:format("\\u~4.16.0b", [C]);
escaped(C) -> C.

%% ---- rows to events ----

events({starting, Starter, Key, Attempt}, #{starters := Starters} = State) ->
    {[{starting, who(Key, incarnation(Key, State) + 1, State) ++ [{attempt, Attempt}]}],
     State#{starters := Starters#{Key => Starter}}};
events({up, Pid}, #{pids := Pids, up := Up, successes := Successes} = State) ->
    case Pids of
        #{Pid := {{Id, _} = Key, _}} when is_integer(Id) ->
            Incarnation = incarnation(Key, State) + 1,
            Next = State#{up := Up#{Pid => Incarnation}, successes := Successes#{Key => Incarnation}},
            {[{started, who(Key, Incarnation, State)}], Next};
        _ -> {[], State}
    end;
events({start_failed, Key, Attempt, Reason}, #{failed := Failed} = State) ->
    {[{start_failed, who(Key, incarnation(Key, State) + 1, State) ++ [{reason, text(Reason, State)}]}
      || not exits(Key, Reason, State)], State#{failed := Failed#{{Key, Attempt} => true}}};
events({start_ignored, Key, _}, State) ->
    {[{start_ignored, who(Key, incarnation(Key, State) + 1, State)}], State};
events({exit, Pid, Reason}, #{pids := Pids, up := Up} = State) ->
    case {Pids, Up} of
        {#{Pid := {Key, _}}, #{Pid := Incarnation}} -> exited(Pid, Key, Incarnation, Reason, State);
        {#{Pid := {{Id, _}, _} = Start}, _} when is_integer(Id) -> unstarted(Pid, Start, Reason, died(Pid, State));
        _ -> {[], died(Pid, State)}
    end;
events({signal, From, To, Reason}, State) when is_pid(To) -> {stopping(From, To, Reason, State), told(From, To, State)};
events({stamped, Pid, Verdict, Count}, #{design := Design, pids := Pids, up := Up} = State) ->
    case {Pids, Up} of
        {#{Pid := {{Id, _} = Key, _}}, #{Pid := Incarnation}} ->
            #{intensity := Intensity, period := Period} = treefall_design:node(Design, Id),
            Who = who(Key, Incarnation, State),
            Counted = {restart_counted, Who ++ [{in_window, Count}, {intensity, Intensity}]},
            GaveUp = {gave_up, Who ++ [{restarts, Count}, {intensity, Intensity}, {period_s, Period}]},
            case Verdict of
                counted -> {[Counted], State};
                gave_up -> {[Counted, GaveUp], State}
            end;
        _ -> {[], State}
    end;
events({auto_shutdown, Pid}, #{pids := Pids, up := Up} = State) ->
    {[{auto_shutdown, who(Key, Incarnation, State)}
      || {Key, _} <- [maps:get(Pid, Pids, none)], Incarnation <- [maps:get(Pid, Up)]], State};
events({sent, Pid, Id}, #{pending := Pending} = State) ->
    {[], State#{pending := Pending#{Pid => [Id | maps:get(Pid, Pending, [])]}}};
events({taken, Pid, Id}, #{serving := Serving} = State) -> {[], State#{serving := Serving#{Pid => Id}}};
events({awaiting, Pid, Tasks}, #{awaiting := Awaiting} = State) -> {[], State#{awaiting := Awaiting#{Pid => Tasks}}};
events({handled, Pid, Id}, #{pending := Pending} = State) ->
    {[], State#{pending := Pending#{Pid => lists:delete(Id, maps:get(Pid, Pending, []))}}};
events({cast_to_nobody, Key}, State) ->
    {[{message_lost, who(Key, incarnation(Key, State), State) ++ [{count, 1}]}], State};
events({call_failed, Pid, To, Reason}, #{pids := Pids} = State) ->
    #{Pid := {Key, _}} = Pids,
    Incarnation = case State of
                      #{up := #{Pid := Known}} -> Known;
                      _ -> incarnation(Key, State) + 1
                  end,
    {[{call_failed, who(Key, Incarnation, State) ++ failure(To, Reason, State)}], State};
events({client_failed, Name, To, Reason}, State) ->
    {[{call_failed, [{process, Name} | failure(To, Reason, State)]}], State};
events({fault_began, I}, State) -> {[{fault_began, [{fault, fault_name(I, State)}]}], State};
events({fault_ended, I}, State) -> {[{fault_ended, [{fault, fault_name(I, State)}]}], State};
events({node_stopped, Application, Reason}, State) ->
    {[{node_stopped, [{application, Application}, {reason, text(Reason, State)}]}], State};
events({measured, Row}, State) -> {measured(Row, State), State};
events({draining}, State) -> {[{draining, []}], State};
events({process, _, _, _}, State) -> {[], State}.

%% What becomes of messages, where measurements are wanted.
measured({arrives, Pid, Id}, State) -> of_worker(arrives, Pid, [{id, Id}], State);
measured({taken_up, Pid, Id}, State) -> of_worker(taken_up, Pid, [{id, Id}], State);
measured({done, Pid, Id, true}, State) -> of_worker(done, Pid, [{id, Id}, {handled, 1}], State);
measured({done, Pid, Id, false}, State) -> of_worker(done, Pid, [{id, Id}, {handled, 0}], State);
measured({called, From, To, Outcome}, #{design := Design}) ->
    [{called, [{from, From}, {to, treefall_design:path(Design, To)}, {outcome, atom_to_binary(Outcome)}]}].

of_worker(Event, Pid, Fields, #{design := Design, pids := Pids}) ->
    case Pids of
        #{Pid := {Key, _}} -> [{Event, [{process, treefall_design:path(Design, Key)} | Fields]}];
        _ -> []
    end.

who(Key, Incarnation, #{design := Design}) ->
    [{process, treefall_design:path(Design, Key)}, {incarnation, Incarnation}].

%% A supervisor that does not come up exits, and that is what the trace says of it; unless its name was taken.
exits(_, {already_started, _}, _) -> false;
exits({Id, _}, _, #{design := Design}) -> maps:get(role, treefall_design:node(Design, Id)) =:= supervisor.

%% How often a start at this place has succeeded so far.
incarnation(Key, #{successes := Successes}) -> maps:get(Key, Successes, 0).

exited(Pid, Key, Incarnation, Reason, State) ->
    Who = who(Key, Incarnation, State),
    Settled = settle_awaited(Pid, Reason, State),
    {[{exited, Who ++ [{reason, text(Reason, State)}]} | lost(Pid, Who, Settled)], died(Pid, State)}.

died(Pid, #{dead := Dead} = State) -> State#{dead := Dead#{Pid => true}}.

%% A linked task that its owner waits for ends it by the link or by the wait, whichever comes first: it is the end of
%% what the owner was handling either way. (Another's task may end it, too, through a link to that one.)
settle_awaited(Pid, {task, _}, #{awaiting := Awaiting, dead := Dead, serving := Serving, pending := Pending} = State) ->
    case lists:any(fun(Task) -> is_map_key(Task, Dead) end, maps:get(Pid, Awaiting, [])) of
        true ->
            Left = lists:delete(maps:get(Pid, Serving, none), maps:get(Pid, Pending, [])),
            State#{pending := Pending#{Pid => Left}};
        false -> State
    end;
settle_awaited(_, _, State) -> State.

%% What was sent to a process and not done when it ended: first what it was at, then what waited.
lost(Pid, Who, #{pending := Pending, serving := Serving}) ->
    Left = maps:get(Pid, Pending, []),
    Waiting = lists:delete(maps:get(Pid, Serving, none), Left),
    [{message_lost, Who ++ [{count, Count}]} || Count <- [length(Left) - length(Waiting), length(Waiting)], Count > 0].

%% A process that ends before it is up is a failed start: its supervisor says so, unless that is dead itself. A supervisor
%% ends then as one that stops what it had started.
unstarted(Pid, {{Id, _} = Key, _} = Start, Reason, #{design := Design} = State) ->
    case treefall_design:node(Design, Id) of
        #{role := supervisor} ->
            {[{exited, who(Key, incarnation(Key, State) + 1, State) ++ [{reason, text(Reason, State)}]}], State};
        #{role := worker} ->
            #{starters := #{Key := Starter}, dead := Dead, failed := Known} = State,
            Failed = {start_failed, who(Key, incarnation(Key, State) + 1, State) ++ [{reason, text(Reason, State)}]},
            {[Failed || is_map_key(Starter, Dead), not is_map_key(Start, Known)] ++ lost(Pid, who(Key, incarnation(Key, State), State), State), State}
    end.

%% The first exit signal that a supervisor sends to a child that is alive.
stopping(From, To, Reason, #{design := Design, pids := Pids, up := Up, told := Told, dead := Dead} = State) ->
    Late = is_map_key({From, To}, Told) orelse is_map_key(To, Dead),
    case {Pids, Up} of
        {#{From := {By, _}, To := {Key, _}}, #{To := Incarnation}} when not Late ->
            Stopper = case By of
                          {application, Name} -> [<<"application:">>, Name];
                          _ -> treefall_design:path(Design, By)
                      end,
            How = case Reason of
                      kill -> <<"brutal_kill">>;
                      _ -> <<"shutdown">>
                  end,
            [{stopping, who(Key, Incarnation, State) ++ [{by, Stopper}, {how, How}]} || stops(By, Design)];
        _ -> []
    end.

stops({application, _}, _) -> true;
stops({Id, _}, Design) -> maps:get(role, treefall_design:node(Design, Id)) =:= supervisor.

told(From, To, #{told := Told} = State) -> State#{told := Told#{{From, To} => true}}.

fault_name(I, #{design := #{faults := Faults}}) -> maps:get(name, lists:nth(I + 1, Faults)).

failure(To, Reason, #{design := Design} = State) ->
    Why = case Reason of
              {timeout, {gen_server, call, [To]}} -> <<"timeout">>;
              {noproc, {gen_server, call, [To]}} -> <<"noproc">>;
              {Callee, {gen_server, call, [To]}} -> text(Callee, State);
              _ -> text(Reason, State)
          end,
    [{to, treefall_design:path(Design, To)}, {reason, Why}].

%% ---- exit reasons in words ----

text(normal, _) -> <<"normal">>;
text(shutdown, _) -> <<"shutdown">>;
text(killed, _) -> <<"killed">>;
text(timeout, _) -> <<"timeout:init">>;
text({shutdown, {failed_to_start_child, _, _}}, _) -> <<"shutdown:failed_to_start_child">>;
text({already_started, _}, _) -> <<"crash:already_started">>;
text({shutdown, Term}, _) when is_atom(Term); is_binary(Term) -> [<<"shutdown:">>, word(Term)];
text({calling_self, {gen_server, call, _}}, _) -> <<"crash:calling_self">>;
text({Why, {gen_server, call, [Callee]}}, #{design := Design}) ->
    Kind = case Why of
               timeout -> <<"timeout:">>;
               noproc -> <<"noproc:">>;
               shutdown -> <<"shutdown:">>;
               _ -> <<"crash:">>
           end,
    [Kind, treefall_design:path(Design, Callee)];
text({timeout, {'Elixir.Task', await, _}}, _) -> <<"timeout:task">>;
text({_, {'Elixir.Task', await, _}}, _) -> <<"crash:task">>;
text({Term, Stack}, _) when is_list(Stack), is_atom(Term) orelse is_binary(Term) -> [<<"crash:">>, word(Term)];
text(Term, _) when is_atom(Term); is_binary(Term) -> [<<"crash:">>, word(Term)];
text(Other, _) -> [<<"crash:">>, io_lib:format("~0tp", [Other])].

word(Term) when is_atom(Term) -> atom_to_binary(Term);
word(Term) -> Term.
