%% Tasks. In the elixir dialect, where Elixir is installed, they are Elixir's own: Task.async, and async_nolink below a
%% Task.Supervisor. Otherwise a process does as they do: it is monitored and, unless `linked` is false, linked; it sends
%% its result back. Awaited ones end their owner when they crash or come late.
-module(treefall_task).
-export([prepare/0, run/2, ended/1]).

-define(TASK, 'Elixir.Task').
-define(SUPERVISOR, 'Elixir.Task.Supervisor').

%% Where Elixir is: a supervisor for the tasks that are not linked to their owners.
prepare() ->
    case code:ensure_loaded(?TASK) of
        {module, _} -> {ok, _} = ?SUPERVISOR:start_link([{name, ?MODULE}]);
        {error, _} -> none
    end.

run(Design, #{count := Count} = Task) ->
    Started = treefall_design:now(Design),
    Tasks = maps:from_list([start(Design, Task) || _ <- lists:seq(1, Count)]),
    case Task of
        #{await := none} -> ok;
        #{await := Limit} ->
            Timer = case Limit of
                        infinity -> make_ref();
                        _ -> treefall_design:timer_at(Started + Limit, self(), late)
                    end,
            treefall_log:row(Design, {awaiting, self(), [Pid || {Pid, _} <- maps:values(Tasks)]}),
            await(Design, Tasks, Timer, Task),
            treefall_log:row(Design, {awaiting, self(), []}),
            Limit =/= infinity andalso erlang:cancel_timer(Timer),
            receive {timeout, Timer, late} -> ok after 0 -> ok end
    end.

start(#{dialect := Dialect} = Design, #{linked := Linked, takes := Law, crashes := P}) ->
    Ends = treefall_design:now(Design) + treefall_random:draw(Law),
    Crashes = treefall_random:happens(P),
    Work = fun() ->
               treefall_design:sleep_until(Design, Ends),
               case Crashes of
                   true -> error(task);
                   false -> treefall_reply
               end
           end,
    {Monitor, {Pid, _}} = Begun = case Dialect =:= elixir andalso whereis(?MODULE) =/= undefined of
                                      true when Linked -> of_elixir(?TASK:async(Work));
                                      true -> of_elixir(?SUPERVISOR:async_nolink(?MODULE, Work));
                                      false -> by_hand(Linked, Work)
                                  end,
    [put({?MODULE, Sender}, Ends) || maps:get(measured, Design, false), Sender <- [Monitor, Pid]],
    Begun.

%% When the task that this monitor or pid belongs to was to end, and so to send what its owner now takes up; none: it is
%% no task of this process.
ended(Sender) ->
    case get({?MODULE, Sender}) of
        undefined -> none;
        Ends -> Ends
    end.

of_elixir(#{ref := Ref, pid := Pid} = Task) -> {Ref, {Pid, Task}}.

%% The task gets its tag, by which its owner knows the reply.
by_hand(Linked, Work) ->
    Owner = self(),
    {Pid, Monitor} = spawn_opt(fun() ->
                                   Tag = receive {treefall_tag, Given} -> Given end,
                                   Owner ! {Tag, Work()}
                               end, [monitor | [link || Linked]]),
    Pid ! {treefall_tag, Monitor},
    {Monitor, {Pid, none}}.

%% Task.await_many: the first that crashes ends the owner, and so does the time limit.
await(_, Tasks, _, _) when map_size(Tasks) =:= 0 -> ok;
await(Design, Tasks, Timer, Task) ->
    receive
        {Monitor, treefall_reply} when is_map_key(Monitor, Tasks) ->
            demonitor(Monitor, [flush]),
            await(Design, maps:remove(Monitor, Tasks), Timer, Task);
        {'DOWN', Monitor, process, Pid, Reason} when is_map_key(Monitor, Tasks) ->
            exit({Reason, {?TASK, await, [Pid]}});
        {treefall_crash, Crash} -> treefall_clocks:fall(Design, Crash);
        {timeout, Timer, late} ->
            case Task of
                #{on_timeout := exit} -> exit({timeout, {?TASK, await, []}});
                #{on_timeout := kill_task} -> maps:foreach(fun kill/2, Tasks)
            end
    end.

kill(Monitor, {Pid, none}) ->
    unlink(Pid),
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, _} -> ok end,
    receive {'EXIT', Pid, _} -> ok after 0 -> ok end,
    receive {Monitor, treefall_reply} -> ok after 0 -> ok end;
kill(_, {_, Task}) -> ?TASK:shutdown(Task, brutal_kill).
