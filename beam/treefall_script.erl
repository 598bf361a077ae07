%% The script: what somebody does to the node from outside, at its times.
-module(treefall_script).
-export([run/1]).

run(#{script := Script, start := Start} = Design) ->
    lists:foreach(fun([#{at := At} | _] = Steps) ->
                      treefall_design:sleep_until(Design, Start + At),
                      at_once(Design, Steps)
                  end, instants(Script)),
    receive never -> ok end.

instants([#{at := At} | _] = Script) ->
    {Together, Later} = lists:splitwith(fun(#{at := Other}) -> Other =:= At end, Script),
    [Together | instants(Later)];
instants([]) -> [].

%% What is done at one instant is done before any supervisor of the design can act on a part of it.
at_once(Design, [Step]) -> act(Design, Step);
at_once(Design, Steps) ->
    Held = [Pid || Pid <- treefall_design:supervisors(Design), hold(Pid)],
    lists:foreach(fun(Step) -> to_its_end(Design, Step) end, Steps),
    lists:foreach(fun(Pid) -> catch erlang:resume_process(Pid) end, Held).

%% Who is killed is dead before the next thing is done.
to_its_end(Design, #{what := kill, to := Target} = Step) ->
    Pid = treefall_design:where(Design, treefall_design:resolve(Design, Target, none)),
    Monitor = is_pid(Pid) andalso erlang:monitor(process, Pid),
    act(Design, Step),
    is_reference(Monitor) andalso receive {'DOWN', Monitor, process, Pid, _} -> ok after 20 -> ok end;
to_its_end(Design, Step) -> act(Design, Step).

hold(Pid) ->
    try erlang:suspend_process(Pid)
    catch error:_ -> false  % it ended just now
    end.

act(Design, #{what := What, to := Target} = Step) ->
    To = treefall_design:resolve(Design, Target, none),
    case {What, treefall_design:where(Design, To)} of
        {send, _} -> treefall_traffic:send(Design, <<"script">>, To, maps:get(as, Step), maps:get(message, Step));
        {kill, Pid} when is_pid(Pid) -> exit(Pid, kill);
        {exit, Pid} when is_pid(Pid) -> end_it(Design, To, Pid, maps:get(reason, Step));
        {shutdown, Pid} when is_pid(Pid) -> as_parent(Design, To, Pid, shutdown);
        {kill, undefined} -> ok;
        {exit, undefined} -> ok;
        {shutdown, undefined} -> ok;
        {_, _} ->
            % Whoever asks a supervisor waits until it is idle, without limit.
            spawn(fun() -> ask(Design, What, To, maps:get(child, Step)) end)
    end.

%% The process ends with this reason, by its own doing; a supervisor stops its children before it does.
end_it(Design, {Id, _} = Key, Pid, Reason) ->
    case treefall_design:node(Design, Id) of
        #{role := worker} -> Pid ! {treefall_crash, {treefall_design:now(Design), Reason}};
        #{role := supervisor} -> as_parent(Design, Key, Pid, Reason)
    end.

%% The exit signal of the parent.
as_parent(Design, {Id, _} = Key, Pid, Reason) ->
    case treefall_design:node(Design, Id) of
        #{role := worker, traps := false} -> exit(Pid, Reason);
        _ -> Pid ! {'EXIT', parent(Design, Key), Reason}
    end.

parent(#{table := Table} = Design, {Id, _} = Key) ->
    case above(Design, Key) of
        none ->
            [{_, Master}] = ets:lookup(Table, {master, Id}),
            Master;
        Above -> treefall_design:where(Design, Above)
    end.

above(Design, {Id, Copies}) ->
    case treefall_design:node(Design, Id) of
        #{parent := none} -> none;
        #{parent := Parent} -> {Parent, lists:droplast(Copies)}
    end.

%% ---- the supervisors' API ----

ask(Design, start_child, Supervisor, Child) ->
    [catch treefall_population:start_child(Design, Supervisor, Key)
     || Key <- treefall_design:place(Design, Supervisor, Child)];
ask(Design, What, Key, _) ->
    Supervisor = above(Design, Key),
    Module = treefall_population:module(Design, Supervisor),
    Who = treefall_population:reference(Design, Supervisor),
    Id = case treefall_design:is_dynamic(Design, Key) of
             true -> treefall_design:last(Design, Key);
             false -> treefall_population:child_id(Design, Key)
         end,
    catch Module:What(Who, Id).
