%% Tasks as Elixir's Task makes them: a process that is monitored and, unless `linked` is false, linked; it sends its
%% result back. Awaited ones end their owner when they crash or come late.
-module(treefall_task).
-export([run/2]).

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
            treefall_log:row(Design, {awaiting, self(), true}),
            await(Design, Tasks, Timer, Task),
            treefall_log:row(Design, {awaiting, self(), false}),
            Limit =/= infinity andalso erlang:cancel_timer(Timer),
            receive {timeout, Timer, late} -> ok after 0 -> ok end
    end.

%% As Task.async does it: the task gets its tag, by which its owner knows the reply.
start(Design, #{linked := Linked, takes := Law, crashes := P}) ->
    Owner = self(),
    Options = case Linked of
                  true -> [link, monitor];
                  false -> [monitor]
              end,
    Ends = treefall_design:now(Design) + treefall_random:draw(Law),
    Crashes = treefall_random:happens(P),
    {Pid, Monitor} = spawn_opt(fun() ->
                                   Tag = receive {treefall_tag, Given} -> Given end,
                                   treefall_design:sleep_until(Design, Ends),
                                   case Crashes of
                                       true -> error(task);
                                       false -> Owner ! {treefall_reply, Tag}
                                   end
                               end, Options),
    Pid ! {treefall_tag, Monitor},
    {Monitor, Pid}.

%% Task.await_many: the first that crashes ends the owner, and so does the time limit.
await(_, Tasks, _, _) when map_size(Tasks) =:= 0 -> ok;
await(Design, Tasks, Timer, Task) ->
    receive
        {treefall_reply, Monitor} when is_map_key(Monitor, Tasks) ->
            demonitor(Monitor, [flush]),
            await(Design, maps:remove(Monitor, Tasks), Timer, Task);
        {'DOWN', Monitor, process, Pid, Reason} when is_map_key(Monitor, Tasks) ->
            exit({Reason, {'Elixir.Task', await, [Pid]}});
        {treefall_crash, Crash} -> treefall_clocks:fall(Design, Crash);
        {timeout, Timer, late} ->
            case Task of
                #{on_timeout := exit} -> exit({timeout, {'Elixir.Task', await, []}});
                #{on_timeout := kill_task} -> maps:foreach(fun kill/2, Tasks)
            end
    end.

%% Task.shutdown(Task, brutal_kill).
kill(Monitor, Pid) ->
    unlink(Pid),
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, _} -> ok end,
    receive {'EXIT', Pid, _} -> ok after 0 -> ok end,
    receive {treefall_reply, Monitor} -> ok after 0 -> ok end.
