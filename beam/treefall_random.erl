%% Draws durations, in nanoseconds, from the distributions that a design can write (parameters in seconds).
-module(treefall_random).
-export([draw/1, happens/1]).

draw({constant, Ns}) -> Ns;
draw(Law) -> round(max(0.0, seconds(Law)) * 1.0e9).

happens(P) when P =< 0 -> false;
happens(P) when P >= 1 -> true;
happens(P) -> rand:uniform() < P.

seconds({exponential, Mean}) -> -Mean * math:log(rand:uniform_real());
seconds({uniform, Low, High}) -> Low + (High - Low) * rand:uniform();
seconds({normal, Mean, Deviation}) ->
    case Mean + Deviation * rand:normal() of
        Value when Value >= 0 -> Value;
        _ -> seconds({normal, Mean, Deviation})
    end;
seconds({lognormal, Median, P99}) ->
    Sigma = math:log(P99 / Median) / 2.3263478740408408,  % the 99th percentile of the standard normal law
    Median * math:exp(Sigma * rand:normal());
seconds({erlang, Stages, Mean}) ->
    lists:sum([seconds({exponential, Mean / Stages}) || _ <- lists:seq(1, Stages)]);
seconds({weibull, Shape, Scale}) -> Scale * math:pow(-math:log(rand:uniform_real()), 1 / Shape);
seconds({empirical, Values}) -> lists:nth(rand:uniform(length(Values)), Values).
