%% Clients outside the tree: a source makes its arrivals in time, each call is a client process of its own.
-module(treefall_traffic).
-export([start/1, send/5]).

start(#{traffic := Traffic} = Design) ->
    lists:foreach(fun({I, Source}) -> spawn_link(fun() -> begin_source(Design, I, Source) end) end,
                  lists:zip(lists:seq(1, length(Traffic)), Traffic)).

begin_source(#{seed := Seed, start := Start} = Design, I, #{during := During} = Source) ->
    rand:seed(exsss, {Seed, I, 11}),
    case During of
        none -> arrivals(Design, Source, Start);
        _ ->
            treefall_faults:follow(Design, During),
            windows(Design, Source)
    end.

windows(Design, Source) ->
    receive {fault_began, _} -> ok end,
    Seed = rand:uniform(1 bsl 50),
    Inner = spawn_link(fun() ->
                           rand:seed(exsss, Seed),
                           arrivals(Design, Source, treefall_design:now(Design))
                       end),
    receive {fault_ended, _} -> ok end,
    unlink(Inner),
    exit(Inner, kill),
    windows(Design, Source).

arrivals(Design, #{arrivals := Arrivals} = Source, From) ->
    case Arrivals of
        {poisson, PerSecond} -> renewal(Design, Source, 1, {exponential, 1 / PerSecond}, From, none);
        {renewal, Every, First} -> renewal(Design, Source, 1, Every, From, First);
        {burst, Size, Every, First} -> renewal(Design, Source, Size, Every, From, First);
        {at, Times} -> at(Design, Source, Times);
        {closed, Concurrency, Think} ->
            lists:foreach(fun(I) ->
                              Seed = rand:uniform(1 bsl 50) + I,
                              spawn_link(fun() ->
                                             rand:seed(exsss, Seed),
                                             closed(Design, Source, Think, From)
                                         end)
                          end, lists:seq(1, Concurrency)),
            receive never -> ok end
    end.

renewal(Design, Source, Size, Every, From, none) -> renewal(Design, Source, Size, Every, From, Every);
renewal(Design, Source, Size, Every, From, First) ->
    At = From + treefall_random:draw(First),
    treefall_design:sleep_until(Design, At),
    lists:foreach(fun(_) -> arrive(Design, Source) end, lists:seq(1, Size)),
    renewal(Design, Source, Size, Every, At, Every).

at(#{start := Start} = Design, Source, Times) ->
    lists:foreach(fun(Time) ->
                      treefall_design:sleep_until(Design, Start + Time),
                      arrive(Design, Source)
                  end, Times).

closed(Design, #{to := Target} = Source, Think, From) ->
    At = From + treefall_random:draw(Think),
    treefall_design:sleep_until(Design, At),
    call(Design, Source, treefall_design:resolve(Design, Target, none)),
    closed(Design, Source, Think, treefall_design:now(Design)).

arrive(Design, #{to := Target, sends := Sends} = Source) ->
    To = treefall_design:resolve(Design, Target, none),
    case Sends of
        call -> spawn(fun() -> call(Design, Source, To) end);
        _ -> deliver(Design, Source, To)
    end.

deliver(Design, #{sends := Sends, message := Message, redeliver := true}, To) ->
    treefall_redelivery:hand_out(Design, Sends, To, Message);
deliver(Design, #{sends := cast, message := Message}, To) -> treefall_client:cast(Design, To, Message);
deliver(Design, #{sends := info, message := Message}, To) -> treefall_client:info(Design, To, Message).

call(Design, #{retries := Retries} = Source, To) -> call(Design, Source, To, Retries).

call(Design, #{name := Name, message := Message, timeout := Timeout} = Source, To, Retries) ->
    Result = treefall_client:call(Design, To, none, Message, Timeout),
    treefall_log:measure(Design, {called, Name, To, outcome(Result)}),
    case Result of
        ok -> ok;
        {failed, Reason} ->
            treefall_log:row(Design, {client_failed, Name, To, Reason}),
            case Reason of
                {timeout, _} when Retries > 0 -> call(Design, Source, To, Retries - 1);
                _ -> ok
            end
    end.

outcome(ok) -> ok;
outcome({failed, {timeout, _}}) -> timeout;
outcome({failed, _}) -> failed.

%% What the script sends.
send(Design, Name, To, call, Message) ->
    spawn(fun() ->
              call(Design, #{name => Name, message => Message, timeout => 5000000000, retries => 0}, To)
          end);
send(Design, _, To, cast, Message) -> treefall_client:cast(Design, To, Message);
send(Design, _, To, info, Message) -> treefall_client:info(Design, To, Message).
